import { describe, expect, test } from 'vitest'
import { CORE, container, fakeTools, type Given } from '../fake-tools.ts'

const resource = (id: string, type = 'any', outputs = {}) => ({ urn: `urn::${id}`, type, id, outputs })
const IN_POSTGRES = [
  resource('d', 'postgresql:index/database:Database', { name: 'codebase' }),
  resource('s', 'postgresql:index/role:Role', { name: 'codebase' }),
  resource('m', 'postgresql:index/role:Role', { name: 'codebase_migrator' }),
]

interface Left extends Pick<Given, 'containers' | 'networks' | 'volumes' | 'images'> {
  readonly pending?: readonly string[]
  readonly resources?: readonly ReturnType<typeof resource>[]
}

/** What is removed, told and replaced where this is left. */
async function healed({ pending = [], resources = [], containers = [], ...given }: Left) {
  const { tools, done, printed } = fakeTools({ docker: () => POSTGRES, ...given, containers })
  const target = await tools.targetOf(tools.settings())
  const operation = await target.heal(tools.pulumi, { resources: [...IN_POSTGRES, ...resources], pending })
  return { done, printed, operation }
}

const VOLUME = 'codebase-mcp-postgres'
const POSTGRES = '17\npostgres (PostgreSQL) 17.4\n'

describe('what a killed run left behind', () => {
  test('is nothing most of the time', async () => {
    const resources = [...CORE.map(({ id }) => resource(id)), resource(VOLUME)]
    const nothing = { done: [], printed: [], operation: {} }
    expect(await healed({ resources, containers: CORE, volumes: [VOLUME] })).toEqual(nothing)
  })

  test('is a container or a network that is not in the state', async () => {
    const { done, printed } = await healed({
      resources: [resource('id-of-server')],
      containers: [container('server'), container('worker')],
      networks: ['net'],
    })
    expect(done).toEqual(['remove id-of-worker', 'remove net'])
    expect(printed).toEqual(['Removing codebase-mcp-worker, which an earlier run left behind.'])
  })

  test('is not the database of another state', async () => {
    await expect(healed({ containers: CORE, volumes: [VOLUME] })).rejects.toThrow(
      `The volume ${VOLUME} holds the database of another stack with the name codebase-mcp`,
    )
  })

  test('may be a volume that was about to be made', async () => {
    const left = { volumes: [VOLUME], pending: ['urn:pulumi:dev::codebase-mcp::docker::data-postgres'] }
    expect((await healed(left)).done).toEqual(['forget'])
  })
})

describe('what has to be made anew', () => {
  const CONTAINER = 'docker:index/container:Container'
  const IMAGE = 'docker:index/image:Image'

  test('is a container that is gone, stopped or unhealthy, and an image that is gone', async () => {
    const { operation } = await healed({
      resources: [
        ...['server', 'worker', 'ollama', 'postgres'].map((part) => resource(`id-of-${part}`, CONTAINER)),
        resource('one', IMAGE, { repoDigest: 'sha256:1' }),
        resource('two', IMAGE, { repoDigest: 'sha256:2' }),
      ],
      containers: [
        container('server'),
        container('ollama', { state: 'exited' }),
        container('postgres', { health: 'unhealthy' }),
      ],
      images: ['sha256:1'],
    })
    expect(operation.options?.replace?.toSorted()).toEqual(
      ['id-of-ollama', 'id-of-postgres', 'id-of-worker', 'two'].map((id) => `urn::${id}`),
    )
  })

  test('is not what has run once, or only carries files', async () => {
    const { operation } = await healed({
      resources: [
        resource('id-of-model', CONTAINER, { mustRun: false, exitCode: 0 }),
        resource('id-of-files', CONTAINER, { mustRun: false }),
      ],
      containers: [container('model', { state: 'exited' }), container('files', { state: 'created' })],
    })
    expect(operation).toEqual({})
  })
})
