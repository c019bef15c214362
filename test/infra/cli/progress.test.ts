import type { EngineEvent, OpType } from '@pulumi/pulumi/automation/index.js'
import { expect, test } from 'vitest'
import { makeProgress } from '../../../infra/cli/progress.ts'

const urnOf = (type: string, name: string) => `urn:pulumi:dev::codebase-mcp::${type}::${name}`
const STACK = urnOf('pulumi:pulumi:Stack', 'codebase-mcp-dev')
const ALL = urnOf('codebase:docker:Stack', 'codebase')
const SERVER = urnOf('codebase:docker:Server', 'server')
const IMAGE = urnOf('docker:index/image:Image', 'server-image')

type Event = Partial<EngineEvent>

function told(seconds = { now: 0 }) {
  const printed: string[] = []
  const progress = makeProgress(
    (line) => void printed.push(line),
    () => seconds.now * 1000,
  )
  const take = (...events: readonly Event[]) => {
    for (const event of events) progress.take(event as EngineEvent)
  }
  // Announces the parents of later resources.
  take(begins('same', STACK, '', false), begins('same', ALL, STACK, false), begins('same', SERVER, ALL, false))
  return { printed, progress, take }
}

const metadataOf = (op: OpType, urn: string, parent: string, custom = true, diffs: readonly string[] = []) =>
  ({ op, urn, diffs, new: { urn, parent, custom } }) as never

const begins = (...all: Parameters<typeof metadataOf>): Event => ({
  resourcePreEvent: { metadata: metadataOf(...all) },
})
const ends = (op: OpType, urn: string): Event => ({ resOutputsEvent: { metadata: metadataOf(op, urn, SERVER) } })
const says = (severity: string, message: string, urn = ''): Event => ({
  diagnosticEvent: { severity, message, urn, color: 'never' } as never,
})

test('reports the resources below a component, but no components and nothing unchanged', () => {
  const seconds = { now: 0 }
  const { printed, take } = told(seconds)
  take(begins('create', IMAGE, SERVER))
  expect(printed).toEqual([])
  seconds.now = 4
  take(ends('create', IMAGE), ends('same', SERVER), begins('same', IMAGE, SERVER), ends('same', IMAGE))
  expect(printed).toEqual([' +  server/server-image created (4s)'])
})

test('knows what is in progress, for how long, and the last message about it', () => {
  const seconds = { now: 0 }
  const { printed, progress, take } = told(seconds)
  const pull = urnOf('docker:index/container:Container', 'model-pull')
  take(begins('create', IMAGE, SERVER), says('info', 'Starting Docker build\n', IMAGE), begins('replace', pull, ALL))
  seconds.now = 12
  progress.hear('model-pull', 'pulling 797b70c4edf8: 45%')
  progress.beat()
  expect(printed).toEqual([
    '    server/server-image (12s): Starting Docker build',
    '    model-pull (12s): pulling 797b70c4edf8: 45%',
  ])
})

test('reports errors and warnings with their resource, but not that plugins are on the PATH', () => {
  const { printed, take } = told()
  take(
    begins('create', IMAGE, SERVER),
    says('error', 'no such host\n', IMAGE),
    says('warning', 'the password is in plain text\n'),
    says('warning', 'using pulumi-resource-docker from $PATH at /bin/pulumi-resource-docker\n'),
    says('debug', 'Registering\n'),
    { resOpFailedEvent: { metadata: metadataOf('create', IMAGE, SERVER), status: 1, steps: 1 } },
  )
  expect(printed).toEqual([
    'error: server/server-image: no such host',
    'warning: the password is in plain text',
    ' +  server/server-image not created',
  ])
})

test('a preview reports changes and their properties, each replacement once, and totals', () => {
  const { printed, progress, take } = told()
  const planned = (op: OpType, diffs: readonly string[] = []): Event[] => [
    begins(op, IMAGE, SERVER),
    { resOutputsEvent: { planning: true, metadata: metadataOf(op, IMAGE, SERVER, true, diffs) } },
  ]
  take(...planned('update', ['env', 'image']), ...planned('create-replacement'), ...planned('replace'))
  take({
    summaryEvent: { resourceChanges: { same: 30, update: 1, create: 2 }, durationSeconds: 3, isPreview: true } as never,
  })
  expect(printed).toEqual([' ~  server/server-image update: env, image', ' +- server/server-image replace'])
  expect(progress.summary()).toBe('+ 2 to create, ~ 1 to update, 30 unchanged (3s)')
})

test.each([
  ['batch/v1:Job', 'Container "roles" completed with exit code 0'],
  ['apps/v1:Deployment', '[MinimumReplicasUnavailable] Deployment does not have minimum availability.'],
  ['apps/v1:StatefulSet', 'PersistentVolumeClaim: [data-0] is not ready. status.phase currently at: Pending'],
])('a warning about a %s is printed only if that fails: %s', (kind, text) => {
  const urn = urnOf(`codebase:kubernetes:Stack$kubernetes:${kind}`, 'roles')
  const warns = says('warning', text, urn)
  const good = told()
  good.take(begins('create', urn, ALL), warns, ends('create', urn))
  expect(good.printed).toEqual([' +  roles created'])
  const bad = told()
  const failed = { resOpFailedEvent: { metadata: metadataOf('create', urn, ALL) } } as unknown as Event
  bad.take(begins('create', urn, ALL), warns, failed)
  expect(bad.printed[0]).toBe(`warning: roles: ${text}`)
})

test('a warning about any other resource is always printed', () => {
  const other = told()
  other.take(begins('create', IMAGE, SERVER), says('warning', 'it is large', IMAGE))
  expect(other.printed).toEqual(['warning: server/server-image: it is large'])
})
