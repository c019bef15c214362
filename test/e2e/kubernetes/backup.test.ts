import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeStack, missing, publishImage, runJob, type Stack, until } from './cluster.ts'
import { forwarded } from './port-forward.ts'
import { type Repository, serveShop } from './repository.ts'

const reason = missing()
const NAME = 'codebase-backup'
const QUESTIONS = ['where are callers limited', 'send a customer a bill', 'read a number from text', 'sendInvoice']

describe.skipIf(reason !== undefined)('backups of a stack on a cluster', () => {
  let repository: Repository
  let stack: Stack
  let before: ReadonlyMap<string, string[]>

  const paths = async () => {
    const all = await answers(NAME, await tokenOf(stack), QUESTIONS)
    return new Map([...all].map(([question, answer]) => [question, pathsOf(answer)]))
  }

  beforeAll(async () => {
    await clear(NAME)
    repository = await serveShop()
    const image = await publishImage('e2e')
    stack = makeStack(NAME, image, { repositories: [repository.url], server: { replicas: 1, cpus: 0.1, memory: 512 } })
    const { exitCode, output } = await stack.up()
    if (exitCode !== 0) throw new Error(output)
    before = await paths()
  })

  afterAll(async () => {
    await stack?.remove()
    await repository?.close()
  })

  test('are created by a Job of the CronJob', async () => {
    await runJob(stack, 'backup')
    expect(await metricsWith('codebase_backup_last_status')).toMatch(/^codebase_backup_last_status\S* 1$/m)
  })

  test('are restored beside the database and compared by another CronJob', async () => {
    await runJob(stack, 'restore-test')
    expect(await metricsWith('codebase_restore_test_last_status')).toMatch(/^codebase_restore_test_last_status\S* 1$/m)
  })

  test('restore the same answers after the tables were dropped', async () => {
    await stack.kubectl('scale', 'deployment/server', 'deployment/worker', '--replicas=0')
    const pods = 'app.kubernetes.io/component in (server, worker)'
    await stack.kubectl('wait', '--for=delete', 'pod', '--selector', pods, '--timeout=2m')
    await psql(stack, 'drop table chunk, file, repository cascade')
    await runJob(stack, 'restore')
    await stack.kubectl('scale', 'deployment/server', 'deployment/worker', '--replicas=1')
    await stack.kubectl('rollout', 'status', 'deployment/server', '--timeout=120s')
    expect(before.size).toBe(QUESTIONS.length)
    expect(await paths()).toEqual(before)
  })
})

const psql = (stack: Stack, sql: string) =>
  stack.kubectl('exec', 'postgres-0', '--', 'psql', '--username', 'postgres', '--dbname', 'codebase', '-c', sql)

/** Returns the server's metrics once they include the figure, which the server reads from time to time. */
async function metricsWith(figure: string): Promise<string> {
  await using door = await forwarded(NAME)
  const metrics = async () => (await fetch(`${door.url}/metrics`)).text()
  return await until(metrics, (text) => text.includes(`\n${figure}`), 60)
}
