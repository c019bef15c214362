import { describe, expect, test } from 'vitest'
import { brokenOn, clearLeftovers } from '../../../infra/docker/engine/heal.ts'
import type { StateResource } from '../../../infra/state.ts'
import { CORE, container, fakeTools, type Given } from '../cli/fake-tools.ts'
import { settingsOf } from '../mocked.ts'

const resource = (name: string, type = 'any', outputs: StateResource['outputs'] = {}): StateResource => ({
  urn: `urn:pulumi:dev::codebase-mcp::${type}::${name}`,
  type,
  outputs,
})
const CONTAINER = 'docker:index/container:Container'
const IMAGE = 'docker:index/image:Image'
const VOLUME = 'codebase-mcp-postgres'
const DATABASE = resource('data-postgres', 'docker:index/volume:Volume', { id: VOLUME })
const made = (part: string) => resource(`${part}-container`, CONTAINER, { id: `id-of-${part}` })
const role = (name: string) => resource(name, 'postgresql:index/role:Role', { name })
const IN_POSTGRES = [
  resource('codebase', 'postgresql:index/database:Database', { name: 'codebase' }),
  role('codebase'),
  role('codebase_migrator'),
]
const ALL = [DATABASE, ...IN_POSTGRES, ...['postgres', 'ollama', 'server'].map(made)]
const LIMITED = CORE.map((each) => ({ ...each, processes: 1024 }))

/** The previous state of a stack, and what the engine has of it. */
interface Left extends Given {
  readonly state?: never
  readonly former?: readonly StateResource[]
  readonly settings?: Record<string, unknown>
}

/** Returns the actions on the engine and the messages. */
async function cleared({ former = ALL, settings = {}, ...given }: Left) {
  const { engine, done } = fakeTools({ containers: LIMITED, volumes: [VOLUME], ...given })
  const printed: string[] = []
  const print = async (text: string) => void printed.push(text)
  await clearLeftovers({ settings: settingsOf('docker', settings), state: former, engine, print })
  return { done, printed }
}

const NOTHING = { done: [], printed: [] }
// The output of the configured image when it runs on the volume.
const SAME_MAJOR = () => '17\npostgres (PostgreSQL) 17.4\n'

describe('the leftovers of a killed run on an engine', () => {
  test('are usually none', async () => {
    expect(await cleared({ docker: SAME_MAJOR })).toEqual(NOTHING)
  })

  test('include a container or a network that is not in the state', async () => {
    const { done, printed } = await cleared({
      docker: SAME_MAJOR,
      containers: [...LIMITED, container('worker')],
      former: [...ALL, resource('internal', 'docker:index/network:Network', { id: 'known' })],
      networks: ['known', 'unknown'],
    })
    expect(done).toEqual(['remove id-of-worker', 'remove unknown'])
    expect(printed).toEqual(['Removing codebase-mcp-worker, which an earlier run left behind.'])
  })

  test('include a container without a process limit, unless it is about to be removed', async () => {
    const containers = [container('server'), container('postgres', { processes: 512 }), container('worker')]
    expect((await cleared({ docker: SAME_MAJOR, containers })).done).toEqual([
      'remove id-of-worker',
      'limit id-of-server id-of-postgres to 1024 processes',
    ])
    expect((await cleared({ docker: SAME_MAJOR, settings: { containers: { processes: 64 } } })).done).toEqual([
      'limit id-of-postgres id-of-ollama id-of-server to 64 processes',
    ])
  })

  test('need no process limit if they do not run', async () => {
    const containers = [container('server', { state: 'exited' }), container('files', { state: 'created' })]
    const former = [...ALL, made('files')]
    expect(await cleared({ docker: SAME_MAJOR, containers, former })).toEqual(NOTHING)
  })

  test('include a role that Postgres has and the state has not', async () => {
    const programs: Given['programs'] = async (_, { input }) => {
      let asked = ''
      for await (const chunk of input ?? []) asked += String(chunk)
      return { output: asked.includes("rolname = 'codebase_migrator'") ? '1\n' : '' }
    }
    const former = ALL.filter((one) => one !== IN_POSTGRES[2])
    const { printed } = await cleared({ docker: SAME_MAJOR, former, programs })
    expect(printed).toEqual(['Removed the role codebase_migrator, which an earlier run created but did not record.'])
  })

  test('are not searched for in an external database', async () => {
    const settings = { database: { url: 'postgres://codebase:secret@db.example.com/codebase' } }
    expect(await cleared({ former: ['ollama', 'server'].map(made), settings, volumes: [], containers: [] })).toEqual(
      NOTHING,
    )
  })
})

describe('a database that the state does not know', () => {
  const FILLED: Pick<Given, 'docker'> = { docker: SAME_MAJOR }

  test('belongs to another stack and is not touched', async () => {
    const { engine, done } = fakeTools({ containers: LIMITED, volumes: [VOLUME], ...FILLED })
    const settings = settingsOf('docker', {})
    const filled = { ...engine, runAside: async () => '/var/lib/postgresql/data/PG_VERSION\n' }
    await expect(
      clearLeftovers({ settings, state: [], engine: filled, print: () => Promise.resolve() }),
    ).rejects.toThrow(`The volume ${VOLUME} holds the database of another stack with the name codebase-mcp`)
    expect(done).toEqual([])
  })

  test('was about to be created if its volume is still empty', async () => {
    const { printed } = await cleared({ docker: () => 'postgres (PostgreSQL) 17.4\n', former: [], containers: [] })
    expect(printed).toEqual([])
  })
})

test('an image that could not open the existing files is refused before anything is removed', async () => {
  await expect(
    cleared({ docker: () => '16\npostgres (PostgreSQL) 17.4\n', containers: [container('worker')] }),
  ).rejects.toThrow(`The volume ${VOLUME} has a database of Postgres 16`)
})

describe('recreation', () => {
  const brokenAmong = (former: readonly StateResource[], given: Given) => brokenOn(fakeTools(given).engine, former)

  test('is needed for a container that is gone, stopped or unhealthy, and for an image that is gone', async () => {
    const former = [
      ...['server', 'worker', 'ollama', 'postgres'].map(made),
      resource('server-image', IMAGE, { repoDigest: 'sha256:1' }),
      resource('other-image', IMAGE, { repoDigest: 'sha256:2' }),
    ]
    const containers = [
      container('server'),
      container('ollama', { state: 'exited' }),
      container('postgres', { health: 'unhealthy' }),
    ]
    expect(await brokenAmong(former, { containers, images: ['sha256:1'] })).toEqual([
      'other-image',
      'worker-container',
      'ollama-container',
      'postgres-container',
    ])
  })

  test('is not needed if everything is healthy', async () => {
    expect(await brokenAmong(ALL, { containers: CORE })).toEqual([])
  })

  test('is not needed for a container that ran once successfully, or that only carries files', async () => {
    const once = (part: string, outputs: StateResource['outputs']) =>
      resource(`${part}-container`, CONTAINER, { id: `id-of-${part}`, mustRun: false, ...outputs })
    const former = [once('model', { exitCode: 0 }), once('files', {}), once('failed', { exitCode: 3 })]
    const containers = [
      container('model', { state: 'exited' }),
      container('files', { state: 'created' }),
      container('failed', { state: 'exited', exitCode: 3 }),
    ]
    expect(await brokenAmong(former, { containers })).toEqual(['failed-container'])
  })
})
