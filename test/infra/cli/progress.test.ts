import { expect, test } from 'vitest'
import { makeProgress } from '../../../infra/cli/progress.ts'

const progress = (seconds = { now: 0 }) => makeProgress(() => seconds.now * 1000)

test('tells what is done, and nothing of what is under way', () => {
  const { take } = progress()
  expect(take(' +  docker:index:Container model-pull creating (0s) ')).toBeUndefined()
  expect(take(' +  docker:index:Container model-pull created (4s) ')).toBe(' +  model-pull created (4s)')
  expect(take('@ updating....')).toBeUndefined()
  expect(take(' +  codebase:docker:Server server created ')).toBeUndefined()
})

test('knows what is under way, for how long, and what was last heard of it', () => {
  const seconds = { now: 0 }
  const { take, hear, underWay } = progress(seconds)
  take(' +  docker:index:Image server-image creating (0s) Starting Docker build')
  take(' +  docker:index:Image server-image creating (0s) digest: sha256:2569d961913a3b337f26d60b')
  take(' +- docker:index:Container model-pull replacing (0s) ')
  seconds.now = 12
  hear('model-pull', 'pulling 797b70c4edf8: 45%')
  expect(underWay()).toEqual([
    '    server-image (12s): Starting Docker build',
    '    model-pull (12s): pulling 797b70c4edf8: 45%',
  ])
  take(' +  docker:index:Image server-image created (56s) Image built successfully')
  expect(underWay()).toHaveLength(1)
})

test('keeps errors and the diagnostics of the end as they are', () => {
  const { take } = progress()
  const error = ' +  docker:index:Container mcp-container creating (61s) error: 1 error occurred:'
  expect(take(error)).toBe(error)
  expect(take('    \t* container failed to be in healthy state')).toBe(
    '    \t* container failed to be in healthy state',
  )
  expect(take(' +  docker:index:Container mcp-container **creating failed** error: 1 error occurred:')).toContain(
    'failed',
  )
})

test('leaves out what is only compared with what is there, and what stays as it is', () => {
  const { take, underWay } = progress()
  for (const line of [
    ' ~  kubernetes:core/v1:Service ollama-service refreshing (0s) Service initialization complete',
    ' ~  kubernetes:core/v1:Service ollama-service refresh (1s) ',
    ' ~  kubernetes:apps/v1:Deployment ollama-pods refresh (1s) [diff: ~spec]; ',
    ' ~  kubernetes:batch/v1:Job model-job refresh (1s) warning: Refreshed resource is in an unhealthy state:',
    '    kubernetes:networking.k8s.io/v1:NetworkPolicy ollama-connections  ',
  ]) {
    expect(take(line)).toBeUndefined()
  }
  expect(underWay()).toEqual([])
  expect(take('    error: no such host')).toBe('    error: no such host')
})
