import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type S3Server, startS3 } from '../../fakes/s3-server.ts'
import { asksOllama } from '../docker/agent.ts'
import { MODEL_SETTINGS } from '../docker/stack.ts'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeNamespace, makeStack, missing, publishImage, runJob, type Stack } from './cluster.ts'
import { type Fronts, startFronts, startProxy } from './proxy.ts'
import { type Repository, serveShop } from './repository.ts'

const reason = missing()
const NAME = 'codebase-egress'
const PROXY = `${NAME}-proxy`
const HOSTS = { git: 'git.codebase.test', models: 'models.codebase.test', bucket: 'bucket.codebase.test' }
const BUCKET = 'backups'
const QUESTION = 'where are callers limited'

// Only the proxy can resolve the hosts, so nothing reaches them in another way.
describe.skipIf(reason !== undefined)('a stack on a cluster that reaches the outside only through a proxy', () => {
  let repository: Repository
  let bucket: S3Server
  let fronts: Fronts
  let proxy: Awaited<ReturnType<typeof startProxy>>
  let stack: Stack

  beforeAll(async () => {
    for (const namespace of [NAME, PROXY]) await clear(namespace)
    await makeNamespace(PROXY)
    repository = await serveShop()
    bucket = await startS3(BUCKET)
    const isLocalModel = MODEL_SETTINGS.insecure
    fronts = await startFronts({
      [HOSTS.git]: new URL(repository.url),
      [HOSTS.bucket]: new URL(bucket.endpoint),
      ...(isLocalModel ? { [HOSTS.models]: new URL(MODEL_SETTINGS.model) } : {}),
    })
    const at = (host: string) => `${host}:${fronts.ports[host]}`
    const image = await publishImage('e2e')
    proxy = await startProxy(PROXY, image, Object.values(HOSTS))
    const model = isLocalModel ? `${at(HOSTS.models)}${new URL(MODEL_SETTINGS.model).pathname}` : MODEL_SETTINGS.model
    stack = makeStack(NAME, image, {
      repositories: [`https://${at(HOSTS.git)}${new URL(repository.url).pathname}`],
      server: { replicas: 1, cpus: 0.1, memory: 512 },
      ollama: { model, cpus: 0.1, memory: 1024, storage: '1Gi' },
      network: { proxy: { https: proxy.url, http: proxy.url }, ca: fronts.certificate },
      backup: {
        s3Endpoint: `https://${at(HOSTS.bucket)}`,
        s3Bucket: BUCKET,
        s3Region: 'eu-1',
        s3AccessKey: 'key',
        s3SecretKey: 'secret',
        storage: '1Gi',
      },
    })
    const { exitCode, output } = await stack.up()
    if (exitCode !== 0) throw new Error(output)
  })

  afterAll(async () => {
    await stack?.remove()
    await clear(PROXY)
    await fronts?.close()
    await repository?.close()
    await bucket?.close()
  })

  const tunnels = (host: string) => `CONNECT ${host}:${fronts.ports[host]}`

  test('clones through the proxy, with its certificates', async () => {
    const lookup = `require('dns').lookup('${HOSTS.git}', (error) => console.log(error?.code))`
    const exec = ['exec', 'deployment/worker', '--', '/usr/local/bin/node', '-e', lookup]
    expect(await stack.kubectl(...exec)).toMatch(/^E/)
    const all = await answers(NAME, await tokenOf(stack), [QUESTION])
    expect(pathsOf(all.get(QUESTION))[0]).toBe('src/rate-limit.ts')
    expect(await proxy.asked()).toContain(tunnels(HOSTS.git))
  })

  test('pulls its model through the proxy, and asks the model directly', async () => {
    const all = await answers(NAME, await tokenOf(stack), [QUESTION])
    expect(all.get(QUESTION)).toSatisfy(asksOllama)
    expect(await proxy.asked()).toContain(
      MODEL_SETTINGS.insecure ? tunnels(HOSTS.models) : 'CONNECT registry.ollama.ai:443',
    )
  })

  test('stores backups in a bucket through the proxy, and test-restores them', async () => {
    await runJob(stack, 'backup')
    await runJob(stack, 'restore-test')
    expect(bucket.objects.size).toBe(2)
    expect(await proxy.asked()).toContain(tunnels(HOSTS.bucket))
  })

  test('does not call its own parts through the proxy', async () => {
    const own = (await proxy.asked()).filter((line) => /\b(server|worker|postgres|ollama)(\b|-)/.test(line))
    expect(own).toEqual([])
  })
})
