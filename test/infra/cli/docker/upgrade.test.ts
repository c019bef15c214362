import { describe, expect, test } from 'vitest'
import { upgrade } from '../../../../infra/cli/commands/upgrade.ts'
import { planned as plannedOn, refuseOtherMajor } from '../../../../infra/docker/engine/majors.ts'
import { upgradeOnDocker } from '../../../../infra/docker/engine/upgrade.ts'
import { settingsOf } from '../../mocked.ts'
import { container, fakeTools } from '../fake-tools.ts'

interface World {
  readonly data?: string
  readonly image?: string
  readonly volumes?: readonly string[]
  readonly runs?: string
  readonly database?: object
  readonly fails?: boolean
}

const IMAGE = 'registry.example.com/postgres:ours'

const LABELS = { 'codebase-mcp.postgres': '17', 'codebase-mcp.postgres-image': 'postgres:17' }

/** Returns an engine with a stack, and the actions that are taken. */
function world({ data = '17', image = '18', volumes = ['codebase-mcp-postgres'], runs, database, fails }: World = {}) {
  const present = new Set(volumes)
  const settings = settingsOf('docker', database ? { database } : { postgres: { image: IMAGE, version: 18 } })
  if (settings.target !== 'docker') throw new Error('it is for Docker')
  const parts = ['server', 'postgres'].map((part) => container(part, { image: runs ?? `${part}:17` }))
  const changed: string[] = []
  const docker = (...args: readonly string[]) => {
    const words = args.join(' ')
    const [, from = '', to = ''] = /--volume (\S+):\/from:ro --volume (\S+):\/to/.exec(words) ?? []
    const answers: readonly (readonly [string, () => unknown])[] = [
      ['volume create', () => present.add(args.at(-1) ?? '')],
      ['volume rm', () => args.map((name) => present.delete(name))],
      ['volume inspect', () => JSON.stringify(LABELS)],
      ['postgres --version', () => `${data}\npostgres (PostgreSQL) ${image}.4\n`],
      ['cp -a', () => changed.push(`copy ${from} ${to}`)],
      ['find /to', () => changed.push(`empty ${from} ${to}`)],
    ]
    const told = answers.find(([part]) => words.includes(part))?.[1]()
    return typeof told === 'string' ? told : ''
  }
  const { engine } = fakeTools({
    containers: parts,
    docker,
    programs: () => (fails ? { exitCode: 1, errors: 'ERROR: no' } : {}),
  })
  const seen = { ...engine, volumesOf: async () => [...present] }
  const stop = async (names: readonly string[]) => void changed.push(`stop ${names.join(' ')}`)
  const start = async (names: readonly string[]) => void changed.push(`start ${names.join(' ')}`)
  const tools = { engine: { ...seen, stop, start }, note: () => {}, signal: new AbortController().signal }
  return { settings, tools, done: changed, present }
}

const refused = (given: World) => {
  const { settings, tools } = world(given)
  return refuseOtherMajor(settings, tools.engine, 'npm run upgrade')
}

const planned = (given: World, recorded?: string) => {
  const { settings, tools } = world(given)
  return plannedOn(settings, tools.engine, { recorded, up: 'npm run up' })
}

describe('an image of Postgres', () => {
  test('of another major version is refused before anything runs, with the command to upgrade', async () => {
    await expect(refused({})).rejects.toThrow(
      `The volume codebase-mcp-postgres has a database of Postgres 17, which Postgres 18 of ${IMAGE} does not open: run \`npm run upgrade\` to upgrade it, or set codebase-mcp:postgres.image to an image of Postgres 17`,
    )
    await expect(refused({ data: '18', image: '17' })).rejects.toThrow(
      'does not open: set codebase-mcp:postgres.image to an image of Postgres 18',
    )
  })

  test('is accepted if the major version is the same, if it already runs, or if there are no files yet', async () => {
    await expect(refused({ data: '18' })).resolves.toBeUndefined()
    await expect(refused({ runs: IMAGE })).resolves.toBeUndefined()
    await expect(refused({ data: '' })).resolves.toBeUndefined()
    await expect(refused({ volumes: [] })).resolves.toBeUndefined()
    const database = { url: 'postgres://me:secret@db.example.com/index' }
    await expect(refused({ database })).resolves.toBeUndefined()
  })

  test('is not started on incomplete files', async () => {
    const volumes = ['codebase-mcp-postgres', 'codebase-mcp-postgres-17', 'codebase-mcp-postgres-upgrading']
    await expect(refused({ volumes })).rejects.toThrow('An upgrade of Postgres was interrupted')
  })
})

describe('an upgrade of Postgres', () => {
  test('starts from the running image, or from that in the state', async () => {
    const from = { major: 17, image: 'postgres:17' }
    expect(await planned({})).toEqual({ from, to: 18, isResumed: false })
    expect(await planned({ runs: 'pgvector/pgvector:pg18' }, 'postgres:17')).toEqual({ from, to: 18, isResumed: false })
  })

  test('has nothing to do, or is refused, if the versions do not allow it', async () => {
    expect(await planned({ data: '18' })).toBeUndefined()
    await expect(planned({ data: '18', image: '17' })).rejects.toThrow('Postgres cannot downgrade data')
    await expect(planned({ volumes: [] })).rejects.toThrow('There is no database yet')
    const database = { url: 'postgres://me:secret@db.example.com/index' }
    await expect(planned({ database })).rejects.toThrow('upgrade that server instead')
    await expect(planned({ runs: 'pgvector/pgvector:pg18' })).rejects.toThrow(
      'The image that created the database is unknown',
    )
    const volumes = ['codebase-mcp-postgres', 'codebase-mcp-postgres-17']
    await expect(planned({ volumes })).rejects.toThrow('docker volume rm codebase-mcp-postgres-17')
  })

  test('first stops the writers, keeps the old files, and leaves nothing else behind', async () => {
    const { settings, tools, done, present } = world()
    const step = { from: { major: 17, image: 'postgres:17' }, to: 18, isResumed: false }
    await upgradeOnDocker(settings, step, tools)
    expect(done).toEqual([
      'stop codebase-mcp-server codebase-mcp-postgres',
      'copy codebase-mcp-postgres codebase-mcp-postgres-17',
      'empty codebase-mcp-postgres-17 codebase-mcp-postgres',
      'stop codebase-mcp-postgres-next codebase-mcp-postgres-former',
    ])
    expect([...present]).toEqual(['codebase-mcp-postgres', 'codebase-mcp-postgres-17'])
  })

  test('restores the files after a failure, and starts what ran before', async () => {
    const { settings, tools, done, present } = world({ fails: true })
    const step = { from: { major: 17, image: 'postgres:17' }, to: 18, isResumed: false }
    const upgraded = upgradeOnDocker(settings, step, tools)
    await expect(upgraded).rejects.toThrow('The database cannot be loaded into Postgres 18: ERROR: no')
    expect(done.slice(-2)).toEqual([
      'copy codebase-mcp-postgres-17 codebase-mcp-postgres',
      'start codebase-mcp-postgres codebase-mcp-server',
    ])
    expect([...present]).toEqual(['codebase-mcp-postgres'])
  })

  test('starts over from the kept files after it was cut short', async () => {
    const volumes = ['codebase-mcp-postgres', 'codebase-mcp-postgres-17', 'codebase-mcp-postgres-upgrading']
    const { settings, tools, done } = world({ data: '', volumes })
    const step = await plannedOn(settings, tools.engine, { recorded: undefined, up: 'npm run up' })
    expect(step).toEqual({ from: { major: 17, image: 'postgres:17' }, to: 18, isResumed: true })
    if (step === undefined) return
    await upgradeOnDocker(settings, step, tools)
    expect(done).not.toContain('copy codebase-mcp-postgres codebase-mcp-postgres-17')
    expect(done).toContain('empty codebase-mcp-postgres-17 codebase-mcp-postgres')
  })
})

describe('npm run upgrade', () => {
  const on = (told: string, answer = '') =>
    fakeTools({
      config: { 'codebase-mcp:postgres.image': 'pgvector/pgvector:pg18' },
      volumes: ['codebase-mcp-postgres'],
      containers: [container('postgres', { image: 'pgvector/pgvector:pg17' })],
      docker: (...words) => (words.join(' ').includes('postgres --version') ? told : ''),
      isInteractive: answer !== '',
      answer,
    })

  test('reports that there is nothing to upgrade', async () => {
    const { tools, printed, done } = on('18\npostgres (PostgreSQL) 18.1\n')
    expect(await upgrade(tools, {})).toBe(0)
    expect(printed).toEqual(['The database already has the major version of the image: nothing to upgrade.'])
    expect(done).toEqual([])
  })

  test('touches nothing before somebody agrees', async () => {
    for (const answer of ['', 'no']) {
      const { tools, done } = on('17\npostgres (PostgreSQL) 18.1\n', answer)
      await expect(upgrade(tools, {})).rejects.toThrow(
        answer === '' ? 'pass --yes. This upgrades' : 'Nothing was changed',
      )
      expect(done).toEqual([])
    }
  })

  test('brings the stack up on the new files, and says where the old ones are', async () => {
    let data = '17'
    const { tools, printed, done } = fakeTools({
      // Nothing listens on these ports, so the test does not depend on the machine.
      config: {
        'codebase-mcp:server': '{"port":3}',
        'codebase-mcp:postgres': '{"port":2,"image":"pgvector/pgvector:pg18"}',
      },
      volumes: ['codebase-mcp-postgres'],
      state: { resources: [{ urn: 'urn:v' }, ...RECORDED] },
      containers: [container('postgres', { image: 'pgvector/pgvector:pg17' })],
      docker(...words) {
        if (words.join(' ').includes('pg_controldata')) data = '18'
        return words.join(' ').includes('postgres --version') ? `${data}\npostgres (PostgreSQL) 18.1\n` : ''
      },
    })
    expect(await upgrade(tools, { yes: true })).toBe(0)
    expect(done.filter((each) => !each.includes('bash -c'))).toEqual([
      'stop codebase-mcp-postgres',
      'stop codebase-mcp-postgres-next codebase-mcp-postgres-former',
      'up',
    ])
    expect(printed.at(-1)).toContain('docker volume rm codebase-mcp-postgres-17')
  })
})

const RECORDED = [
  { urn: 'urn:d', type: 'postgresql:index/database:Database', outputs: { name: 'codebase' } },
  { urn: 'urn:s', type: 'postgresql:index/role:Role', outputs: { name: 'codebase' } },
  { urn: 'urn:m', type: 'postgresql:index/role:Role', outputs: { name: 'codebase_migrator' } },
]
