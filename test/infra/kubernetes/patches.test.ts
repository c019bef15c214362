import { describe, expect, test } from 'vitest'
import { objectsOf, settingsOf } from '../mocked.ts'

const SERVER = { kind: 'Deployment', name: 'server' }

const objectsWith = (patch: object, target: object = SERVER) =>
  objectsOf(
    settingsOf('kubernetes', {
      image: { reference: 'registry.example.com/codebase-mcp:1.0.0' },
      kubernetes: { patches: [{ target, patch }] },
    }),
  )

const ofPod = (spec: object) => ({ spec: { template: { spec } } })
const ofServe = (more: object) => ofPod({ containers: [{ name: 'serve', ...more }] })

describe('a patch that makes no sense is told', () => {
  test.each<[string, object, object | undefined, string]>([
    [
      'what is removed and not there',
      { spec: { nope: null } },
      undefined,
      'patch removes spec.nope, which Deployment server does not have',
    ],
    [
      'a container to remove that is not there',
      ofPod({ containers: [{ name: 'proxy', $patch: 'delete' }] }),
      undefined,
      'removes spec.template.spec.containers.proxy, which Deployment server does not have',
    ],
    ['another word', ofServe({ $patch: 'remove' }), undefined, '$patch must be one of delete, replace, merge'],
    ['another directive', { '$setElementOrder/x': ['a'] }, undefined, 'is not a directive; use $patch or $retainKeys'],
    ['a whole object', { $patch: 'delete' }, undefined, '$patch would remove the whole object'],
    ['the only container', ofServe({ $patch: 'delete' }), undefined, 'containers must have at least one container'],
    [
      'other pods of a Service',
      { spec: { selector: { a: 'b' } } },
      { kind: 'Service', name: 'server' },
      'spec.selector identifies Service server',
    ],
    [
      'two servers of Postgres on one volume',
      { spec: { replicas: 2 } },
      { kind: 'StatefulSet', name: 'postgres' },
      'all pods would use the same volume',
    ],
    [
      'a number of pods that an autoscaler sets',
      { spec: { replicas: 4 } },
      undefined,
      'spec.replicas is set by its autoscaler; set server.replicas and server.maxReplicas instead',
    ],
    ['an image with a scheme', ofServe({ image: 'https://x/y:1' }), undefined, 'image must be an image reference'],
    ['a label', { metadata: { labels: { a: 'x y' } } }, undefined, 'metadata.labels.a must be up to 63'],
    ['a status', { status: { replicas: 2 } }, undefined, 'status is set by the cluster'],
  ])('%s', async (_, patch, target, message) => {
    await expect(objectsWith(patch, target)).rejects.toThrow(message)
  })
})

test('a number of pods that no autoscaler sets can be changed', async () => {
  const objects = await objectsWith({ spec: { replicas: 2 } }, { kind: 'Deployment', name: 'ollama' })
  expect(objects.find(({ name }) => name === 'ollama-pods')?.inputs.spec).toMatchObject({ replicas: 2 })
})

test('a part of an object is removed by null, or by a directive', async () => {
  const strategyAfter = async (patch: object) => {
    const server = (await objectsWith(patch)).find(
      ({ type, name }) => type.endsWith(':Deployment') && name === 'server-pods',
    )
    return (server?.inputs.spec as { readonly strategy?: object } | undefined)?.strategy
  }
  expect(await strategyAfter({ metadata: { annotations: { a: 'b' } } })).toBeDefined()
  expect(await strategyAfter({ spec: { strategy: null } })).toBeUndefined()
  expect(await strategyAfter({ spec: { strategy: { $patch: 'delete' } } })).toBeUndefined()
})
