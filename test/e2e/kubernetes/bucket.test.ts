import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type S3Server, startS3 } from '../../fakes/s3-server.ts'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeStack, missing, publishImage, runJob, type Stack } from './cluster.ts'
import { type Repository, serveShop, thisMachine } from './repository.ts'

const reason = missing()
const NAME = 'codebase-bucket'
const BUCKET = 'backups'
const QUESTIONS = ['where are callers limited', 'send a customer a bill', 'read a number from text', 'sendInvoice']

describe.skipIf(reason !== undefined)('backups of a stack on a cluster in a bucket', () => {
  let repository: Repository
  let bucket: S3Server
  let stack: Stack
  let before: ReadonlyMap<string, string[]>

  const paths = async () => {
    const all = await answers(NAME, await tokenOf(stack), QUESTIONS, { hasOllama: false })
    return new Map([...all].map(([question, answer]) => [question, pathsOf(answer)]))
  }

  const make = async () =>
    makeStack(NAME, await publishImage('e2e'), {
      repositories: [repository.url],
      ollama: { enabled: false },
      server: { replicas: 1, cpus: 0.1, memory: 512 },
      backup: {
        s3Endpoint: bucket.endpoint.replace('127.0.0.1', thisMachine()),
        s3Bucket: BUCKET,
        s3Region: 'eu-1',
        s3AccessKey: 'key',
        s3SecretKey: 'secret',
        storage: '1Gi',
      },
    })

  beforeAll(async () => {
    await clear(NAME)
    repository = await serveShop()
    bucket = await startS3(BUCKET, '0.0.0.0')
    stack = await make()
    const { exitCode, output } = await stack.up()
    if (exitCode !== 0) throw new Error(output)
    before = await paths()
  })

  afterAll(async () => {
    await stack?.remove()
    await repository?.close().catch(() => {})
    await bucket?.close()
  })

  test('are created and test-restored without a volume', async () => {
    await runJob(stack, 'backup')
    const names = [...bucket.objects.keys()].map((key) => key.replace(/-\d{4}.*(?=\.)/, ''))
    expect(names.toSorted()).toEqual([`codebase-mcp/${NAME}.dump`, `codebase-mcp/${NAME}.json`])
    await runJob(stack, 'restore-test')
    expect(await stack.kubectl('get', 'persistentvolumeclaims', '--output', 'name')).not.toContain('backups')
  })

  test('restore the same answers into a new stack after the old one and the git server are gone', async () => {
    const former = await tokenOf(stack)
    await stack.remove()
    await repository.close()
    stack = await make()
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).toBe(0)
    expect(await tokenOf(stack)).not.toBe(former)
    await stack.kubectl('scale', 'deployment/server', 'deployment/worker', '--replicas=0')
    const pods = 'app.kubernetes.io/component in (server, worker)'
    await stack.kubectl('wait', '--for=delete', 'pod', '--selector', pods, '--timeout=2m')
    await runJob(stack, 'restore')
    await stack.kubectl('scale', 'deployment/server', 'deployment/worker', '--replicas=1')
    await stack.kubectl('rollout', 'status', 'deployment/server', '--timeout=180s')
    expect(before.size).toBe(QUESTIONS.length)
    expect(await paths()).toEqual(before)
  })

  test('leave a stack that the next `up` has nothing to change in', async () => {
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).toBe(0)
  })
})
