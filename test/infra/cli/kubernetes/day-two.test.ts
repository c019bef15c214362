import { describe, expect, test } from 'vitest'
import { doctor } from '../../../../infra/cli/commands/doctor.ts'
import { logs } from '../../../../infra/cli/commands/logs.ts'
import { psql } from '../../../../infra/cli/commands/psql.ts'
import { restore } from '../../../../infra/cli/commands/restore.ts'
import { status } from '../../../../infra/cli/commands/status.ts'
import type { Finding } from '../../../../infra/finding.ts'
import { deployment, fakeKubectl, labelsOf, pod } from '../../kubernetes/cluster/fake-cluster.ts'
import { fakeTools } from '../fake-tools.ts'

type Cluster = NonNullable<Parameters<typeof fakeKubectl>[0]>

const CONFIG = {
  'codebase-mcp:target': 'kubernetes',
  'codebase-mcp:name': 'shop',
  'codebase-mcp:kubernetes': '{"context":"production"}',
  'codebase-mcp:image': '{"reference":"x:1"}',
}

const statefulSet = { ...deployment('postgres'), kind: 'StatefulSet' }
const WELL = [
  statefulSet,
  deployment('ollama'),
  deployment('server'),
  deployment('worker'),
  ...['postgres', 'ollama', 'server', 'worker'].map((part) => pod(part)),
]

const ANSWER = {
  health: { status: 'ok', draining: false, database: { state: 'ready' }, embedder: { state: 'ready' } },
  repositories: [{ name: 'shop', source: 's', files: 2, chunks: 4, embedded: 4, state: 'ready', age: 60 }],
  jobs: [],
}

function stack(cluster: Cluster = {}, config: Readonly<Record<string, string>> = {}, ...passed: string[]) {
  const given = { objects: WELL, programs: () => ({ output: JSON.stringify(ANSWER) }), ...cluster }
  const { kubectl, done } = fakeKubectl(given)
  return {
    ...fakeTools({ config: { ...CONFIG, ...config }, kubectl }, ...passed),
    done,
  }
}

describe('the status of a stack on Kubernetes', () => {
  test('is 0 for a healthy stack, with the number of ready pods and the indexed repositories', async () => {
    const { tools, printed } = stack()
    expect(await status(tools, {})).toBe(0)
    expect(printed[0]?.split('\n').slice(0, 4)).toEqual([
      'The stack dev is healthy.',
      '',
      'part      state  age     restarts  image',
      'postgres  ready  60 min  0         postgres:1',
    ])
    expect(printed[0]).toContain('server: http://server.shop.svc:8000')
    expect(printed[0]).toMatch(
      /From this machine: http:\/\/127\.0\.0\.1:8000, while this command runs:\n {2}kubectl .*--namespace shop port-forward service\/server 8000\n/,
    )
    expect(printed[0]).toContain('shop: ready, 2 files, 4 chunks (100 % embedded), indexed 60 s ago')
  })

  test('counts the instances of CloudNativePG, which no StatefulSet names', async () => {
    const instances = ['postgres-1', 'postgres-2'].map((name) => {
      const { metadata, ...rest } = pod('postgres', { ready: name === 'postgres-1' })
      return { ...rest, metadata: { ...metadata, name } }
    })
    const objects = [...WELL.slice(1).filter(({ metadata }) => metadata.name !== 'postgres-1'), ...instances]
    const { tools, printed } = stack({ objects }, { 'codebase-mcp:database': '{"cnpg":{"instances":2}}' })
    await status(tools, {})
    expect(printed[0]).toMatch(/^postgres +\S.* 1\/2 /m)
  })

  test('is 1 if no server is ready, and reports problems, the worst first', async () => {
    const terminated = { exitCode: 1, reason: 'Error', finishedAt: '2026-11-21T11:58:00Z' }
    const container = {
      ready: false,
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated },
    }
    const objects = [...WELL.slice(0, 6), pod('server', { ready: false, container }), deployment('worker')]
    const { tools, printed } = stack({ objects })
    expect(await status(tools, { json: true })).toBe(1)
    const report = JSON.parse(printed[0] ?? '')
    expect(report).toMatchObject({ stack: 'dev', state: 'failing' })
    expect(report.problems).toEqual([
      { state: 'failing', detail: 'server-1 has failed (exit code 1, restarts: 3): Correct what its log reports' },
      { state: 'degraded', detail: 'worker: missing; `npm run up` creates it' },
    ])
    expect(report.parts[2]).toMatchObject({
      part: 'server',
      ready: 0,
      wanted: 1,
      restarts: 3,
      ended: { reason: 'Error', exitCode: 1, at: '2026-11-21T11:58:00Z' },
    })
  })

  test('is degraded if the next version fails while this one answers', async () => {
    const container = {
      ready: false,
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 9 } },
    }
    const next = pod('server', { ready: false, container })
    const objects = [...WELL, { ...next, metadata: { ...next.metadata, name: 'server-2' } }]
    const { tools, printed } = stack({ objects })
    expect(await status(tools, {})).toBe(0)
    expect(printed[0]).toContain('! server-2 has failed (exit code 9, restarts: 1)')
  })

  test('is failing if the server cannot be asked', async () => {
    const { tools, printed } = stack({
      programs: () => ({ exitCode: 1, errors: 'Error from server (Forbidden): no\n' }),
    })
    expect(await status(tools, {})).toBe(1)
    expect(printed[0]).toContain('x the server in server-1 does not answer: Error from server (Forbidden): no')
  })

  test('comes from the server itself if its database does not answer', async () => {
    const health = { ...ANSWER.health, database: { state: 'failing', reason: 'it does not answer' } }
    const { tools, printed } = stack({ programs: () => ({ output: JSON.stringify({ ...ANSWER, health }) }) })
    expect(await status(tools, {})).toBe(1)
    expect(printed[0]).toContain('x database: it does not answer')
  })

  test('names a failed Job that left no pod', async () => {
    const failed = { conditions: [{ type: 'Failed', status: 'True' }] }
    const job = { kind: 'Job', metadata: { name: 'b', labels: labelsOf('backup') }, status: failed }
    const { tools, printed } = stack({ objects: [...WELL, job] })
    expect(await status(tools, {})).toBe(0)
    expect(printed[0]).toContain('! backup has failed')
  })

  test('is 1 for a stack that is down', async () => {
    const { tools, printed } = stack({ objects: [deployment('server', 0), deployment('worker', 0)] })
    expect(await status(tools, {})).toBe(1)
    expect(printed[0]).toContain('The stack dev is down')
  })

  test('is unavailable without the cluster', async () => {
    const { tools } = stack({ contexts: ['other'] })
    await expect(status(tools, {})).rejects.toThrow('has no context "production"')
  })
})

describe('the logs of a stack on Kubernetes', () => {
  const line = (second: number, text: string) => ({ time: `2026-11-21T11:00:0${second}.000000000Z`, text })
  const second = { ...pod('server'), metadata: { name: 'server-2', labels: labelsOf('server') } }
  const LOGS = {
    'server-1/main': [line(1, 'a'), line(4, 'd')],
    'server-2/main': [line(2, 'b')],
    'postgres-1/main': [line(3, 'c')],
  }
  const of = (...parts: string[]) => pod(parts[0] ?? '')
  const objects = [
    of('postgres'),
    of('server'),
    second,
    { ...of('model'), metadata: { name: 'model-1', labels: labelsOf('model') } },
  ]

  test('come from all long-running pods, ordered by time, each with its pod if a part has several', async () => {
    const { tools, printed } = stack({ objects, logs: LOGS })
    expect(await logs(tools, {})).toBe(0)
    expect(printed).toEqual(['server/1 | a', 'server/2 | b', 'postgres | c', 'server/1 | d'])
  })

  test('come from one part, as JSON if requested', async () => {
    const { tools, printed } = stack({ objects, logs: LOGS }, {}, 'postgres')
    await logs(tools, { json: true })
    expect(printed).toEqual(['{"part":"postgres","time":"2026-11-21T11:00:03.000000000Z","text":"c"}'])
  })

  test('are refused for an unknown part', async () => {
    await expect(logs(stack({}, {}, 'prometheus').tools, {})).rejects.toThrow(
      'The stack has no part "prometheus"; its parts are postgres, ollama, server, worker, roles, migration',
    )
  })

  test('are empty for a container that has not started', async () => {
    const waiting = pod('worker', {
      phase: 'Pending',
      ready: false,
      container: { state: { waiting: { reason: 'ContainerCreating' } } },
    })
    await expect(logs(stack({ objects: [waiting] }, {}, 'worker').tools, {})).rejects.toThrow(
      'There are no logs of worker',
    )
  })
})

describe('psql on Kubernetes', () => {
  const command = async (role: 'superuser' | 'migrator' | 'service') => {
    const { tools, done } = stack({}, {}, '-c', 'select 1')
    expect(await psql(tools, { role })).toBe(3)
    return done
  }

  test('runs in the pod of the database', async () => {
    expect(await command('migrator')).toEqual([
      'postgres-1: env PSQL_HISTORY=/tmp/.psql_history psql --username codebase_migrator --dbname codebase -c select 1',
    ])
  })

  test('uses the rights of the service, whose role cannot log in', async () => {
    expect((await command('service'))[0]).toContain('PGOPTIONS=-c role=codebase psql --username postgres')
  })

  test('refuses an external database', async () => {
    const external = '{"external":{"host":"db.example.com","password":"p"}}'
    const { tools } = stack({}, { 'codebase-mcp:database': external })
    await expect(psql(tools, { role: 'superuser' })).rejects.toThrow(
      'The database of this stack does not run in one of its pods (codebase-mcp:database.external, db.example.com): run psql with its URL',
    )
  })

  test('needs a Postgres that is ready', async () => {
    await expect(psql(stack({ objects: [] }).tools, { role: 'superuser' })).rejects.toThrow('is not ready')
  })
})

test('a restore on Kubernetes is a Job of the stack', async () => {
  await expect(restore(stack({}, {}, 'x.dump').tools, {})).rejects.toThrow(
    'kubectl --context production --namespace shop create job restore --from=cronjob/restore',
  )
})

describe('the doctor on Kubernetes', () => {
  const REPORT = JSON.stringify({ checks: [{ name: 'schema', state: 'ok', detail: 'migration 2 of 2' }] })
  const MACHINE = {
    nodeVersion: '24.1.0',
    run: async () => ({ exitCode: 0, output: REPORT, errors: '' }),
    isOnPath: () => true,
    wantedPackages: () => ({}),
    installedPackage: () => undefined,
  }

  /** Returns what it finds out about the stack and its server, and the findings that are not ok. */
  async function found(cluster: Cluster) {
    const { tools, printed } = stack({ programs: () => ({ output: REPORT }), ...cluster })
    await doctor({ ...tools, machine: MACHINE }, { json: true })
    const { checks } = JSON.parse(printed[0] ?? '') as { checks: readonly Finding[] }
    const all = checks.filter(({ group }) => group !== 'machine')
    return { all, wrong: all.filter(({ state }) => state !== 'ok') }
  }

  test('finds nothing wrong with a healthy stack, and passes on the findings of the server', async () => {
    const { all, wrong } = await found({ at: { '/api/v1/namespaces/shop': { metadata: { labels: labelsOf('x') } } } })
    expect(wrong).toEqual([])
    expect(all.at(-1)).toMatchObject({ group: 'server', name: 'schema' })
  })

  test('reports failing pods with their last lines', async () => {
    const container = {
      ready: false,
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1 } },
    }
    const objects = [deployment('worker'), pod('worker', { ready: false, container })]
    const { wrong } = await found({ objects, logs: { 'worker-1/main': [{ time: '1', text: 'no database' }] } })
    expect(wrong).toMatchObject([
      {
        state: 'failing',
        name: 'worker',
        detail: 'worker-1 has failed (exit code 1, restarts: 1), after:\nno database',
      },
    ])
  })

  test('only warns if kubectl is missing', async () => {
    expect((await found({ isOnPath: false })).wrong).toMatchObject([{ state: 'warning', name: 'kubectl' }])
  })

  test('does not look at pods of a stack that does not exist', async () => {
    const { all } = await found({ objects: [] })
    expect(all.map(({ name }) => name)).not.toContain('parts')
  })
})
