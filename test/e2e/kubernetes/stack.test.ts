import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asAgent, asksOllama, overStdio, search } from '../docker/agent.ts'
import { answers, pathsOf, tokenOf } from './agent.ts'
import { clear, makeStack, missing, publishImage, type Stack, until } from './cluster.ts'
import { type Load, startLoad } from './load.ts'
import { type Repository, serveShop } from './repository.ts'

const reason = missing()
if (reason !== undefined) process.stderr.write(`The tests on Kubernetes are skipped: ${reason}.\n`)

const NAME = 'codebase-e2e'
// A client only passes the variables it is told to on to a process.
const KUBECONFIG = { KUBECONFIG: process.env.KUBECONFIG ?? '' }
const QUESTIONS = ['where are callers limited', 'send a customer a bill', 'read a number from text']

describe.skipIf(reason !== undefined)('a stack on a cluster', () => {
  let repository: Repository
  let image: string
  let stack: Stack
  let token: string

  beforeAll(async () => {
    await clear(NAME)
    repository = await serveShop()
    image = await publishImage('e2e')
    stack = makeStack(NAME, image, { repositories: [repository.url], git: { pollInterval: 5 } })
  })

  afterAll(async () => {
    await stack?.remove()
    await repository?.close()
  })

  test('comes up from nothing with one command', async () => {
    const { exitCode, output } = await stack.up()
    expect(output).toContain(`http://server.${NAME}.svc:8000`)
    expect(exitCode, output).toBe(0)
    token = await tokenOf(stack)
  })

  test('answers by words and by meaning through its Service', async () => {
    const all = await answers(NAME, token, QUESTIONS)
    expect(all.get('where are callers limited')?.modes).toEqual(['lexical', 'semantic'])
    expect(all.get('where are callers limited')).toSatisfy(asksOllama)
    expect(QUESTIONS.map((question) => pathsOf(all.get(question))[0])).toEqual([
      'src/rate-limit.ts',
      'src/mail.py',
      'src/parse.go',
    ])
  })

  test('answers over stdio with the command line that it prints', async () => {
    const { stdio } = JSON.parse(await stack.output('clients')) as { stdio: string }
    const [command = '', ...args] = stdio.split(' ')
    const answer = await asAgent(overStdio(command, args, KUBECONFIG), (client) => search(client, 'token bucket'))
    expect(pathsOf(answer)[0]).toBe('src/rate-limit.ts')
  })

  test('has no changes afterwards', async () => {
    const { exitCode, output } = await stack.npm('preview', '--expect-no-changes')
    expect(exitCode, output).toBe(0)
  })

  test('reverts what somebody changed by hand', async () => {
    const limit = 'jsonpath={.spec.template.spec.containers[0].resources.limits.memory}'
    const before = await stack.kubectl('get', 'deployment/worker', '--output', limit)
    await stack.kubectl('set', 'resources', 'deployment/worker', '--limits=memory=999Mi')
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).toBe(0)
    expect(await stack.kubectl('get', 'deployment/worker', '--output', limit)).toBe(before)
  })

  test('runs under Pod Security `restricted`, which refuses pods that need more', async () => {
    const pods = JSON.parse(await stack.kubectl('get', 'pods', '--output', 'json')) as Pods
    expect(new Set(pods.items.map(({ metadata }) => metadata.labels['app.kubernetes.io/component']))).toEqual(
      new Set(['migration', 'model', 'ollama', 'postgres', 'roles', 'server', 'worker']),
    )
    const privileged = ['run', 'privileged', '--image', image, '--privileged', '--dry-run=server']
    await expect(stack.kubectl(...privileged)).rejects.toThrow('violates PodSecurity "restricted')
  })

  test('reveals its secrets in no variables, arguments or logs', async () => {
    const secrets = JSON.parse(await stack.kubectl('get', 'secrets', '--output', 'json')) as Secrets
    const values = secrets.items.flatMap(({ data }) => Object.values(data)).map((value) => atob(value))
    const hidden = values
      .flatMap((value) => /:([^:@]{20,})@/.exec(value)?.[1] ?? value)
      .filter((one) => one.length > 20)
    expect(hidden.length).toBeGreaterThan(4)
    const shown = [await stack.kubectl('get', 'pods,jobs,deployments,statefulsets,configmaps', '--output', 'json')]
    for (const part of ['server', 'worker', 'postgres', 'migration', 'roles']) {
      shown.push(await stack.kubectl('logs', '--selector', `app.kubernetes.io/component=${part}`, '--tail', '-1'))
    }
    for (const secret of hidden) expect(shown.join('\n').includes(secret)).toBe(false)
  })

  test('refuses requests without a token', async () => {
    await expect(answers(NAME, 'a-token-that-nobody-has-given-out', QUESTIONS)).rejects.toThrow(
      /401|Unauthorized|token/i,
    )
  })

  test('finds what was pushed', async () => {
    repository.commit('src/refund.ts', 'export function refundOrder(order: Order) { return ledger.reverse(order) }\n')
    const found = () => answers(NAME, token, ['refundOrder']).then((all) => pathsOf(all.get('refundOrder')))
    const paths = await until(found, (each) => each.includes('src/refund.ts'))
    expect(paths[0]).toBe('src/refund.ts')
  })

  test.each(['server', 'worker', 'ollama', 'postgres'])('recovers after %s is killed', async (part) => {
    const selector = `app.kubernetes.io/component=${part}`
    await stack.kubectl('delete', 'pods', '--selector', selector, '--grace-period=0', '--force')
    await stack.kubectl('wait', '--for=condition=Ready', 'pods', '--selector', selector, '--timeout=120s')
    const all = await until(
      () => answers(NAME, token, QUESTIONS).catch(() => new Map()),
      (each) => each.size === QUESTIONS.length,
    )
    expect(pathsOf(all.get('send a customer a bill'))[0]).toBe('src/mail.py')
  })

  test('lets a node be drained: servers are evicted one after the other, and all pods come back', async () => {
    // A pod that is not ready may be evicted in any case.
    await stack.kubectl('wait', '--for=jsonpath={.status.disruptionsAllowed}=1', 'pdb/server', '--timeout=60s')
    const [one = '', other = ''] = await podsOf(stack, 'server')
    await evict(stack, one)
    await expect(evict(stack, other)).rejects.toThrow("violate the pod's disruption budget")
    await stack.kubectl('rollout', 'status', 'deployment/server', '--timeout=120s')
    await evict(stack, other)
    for (const part of ['worker', 'ollama', 'postgres']) {
      for (const pod of await podsOf(stack, part)) await evict(stack, pod)
    }
    for (const part of ['deployment/server', 'deployment/worker', 'deployment/ollama', 'statefulset/postgres']) {
      await stack.kubectl('rollout', 'status', part, '--timeout=120s')
    }
    const all = await until(
      () => answers(NAME, token, QUESTIONS).catch(() => new Map()),
      ({ size }) => size === QUESTIONS.length,
    )
    expect(pathsOf(all.get('send a customer a bill'))[0]).toBe('src/mail.py')
  })

  test('keeps the running version if a migration fails, and says why', async () => {
    const broken = await publishImage('e2e-broken', (context) => {
      const folder = join(context, 'service/store/migrations')
      const next = String(readdirSync(folder).length + 1).padStart(4, '0')
      writeFileSync(join(folder, `${next}-broken.sql`), 'drop table a_table_that_is_not_there;\n')
    })
    stack.settle({ image: { reference: broken } })
    const { exitCode, output } = await stack.up()
    expect(exitCode, output).not.toBe(0)
    expect(output).toContain('table "a_table_that_is_not_there" does not exist')
    const images = await stack.kubectl('get', 'deployments', '--output', 'jsonpath={..image}')
    expect(images).not.toContain(broken)
    expect((await answers(NAME, token, QUESTIONS)).size).toBe(QUESTIONS.length)
  })

  test('answers every call while it is updated, scaled, and its secrets are replaced', async () => {
    // This token stays valid while the others are replaced, as for a team that changes its tokens one by one.
    const stable = 'a-token-of-the-test-that-stays-the-same'
    const access = { tokens: stable }
    const next = await publishImage('e2e-next', (context) => {
      appendFileSync(join(context, 'service/http/page.html'), '<!-- the next version -->\n')
    })
    const upTo = async (values: Readonly<Record<string, unknown>>) => {
      stack.settle({ access, ...values })
      const { exitCode, output } = await stack.up()
      expect(exitCode, output).toBe(0)
    }
    await upTo({})
    // Pods that are leaving do not know the token yet.
    const servers = await stack.kubectl('get', 'deployment/server', '--output', 'jsonpath={.spec.replicas}')
    await until(
      () => podsOf(stack, 'server'),
      (pods) => pods.length === Number(servers),
    )
    const before = await loginsOf(stack)
    const load = await startLoad(stack, { image, token: stable })
    await upTo({ image: { reference: next } })
    await load.more(1000)
    await upTo({ image: { reference: next }, secrets: { version: '2' } })
    await load.more(1000)
    const small = { cpus: 0.1, memory: 512 }
    await upTo({ image: { reference: next }, secrets: { version: '2' }, server: { ...small, replicas: 1 } })
    await upTo({ image: { reference: next }, secrets: { version: '2' }, server: { ...small, replicas: 3 } })
    await upTo({ image: { reference: next }, secrets: { version: '2' }, server: { ...small, replicas: 1 } })
    await until(load.look, ({ done }) => done >= 50_000, 900)
    const { done, failed, faults } = await load.stop()
    expect({ failed, faults }).toEqual({ failed: 0, faults: {} } satisfies Partial<Load>)
    expect(done).toBeGreaterThanOrEqual(50_000)
    const after = await loginsOf(stack)
    expect(after).toHaveLength(1)
    expect(after).not.toEqual(before)
    process.stderr.write(`${done} calls, none failed\n`)
  })

  test('keeps the data on a plain destroy', async () => {
    const { exitCode, output } = await stack.pulumi('destroy', '--yes', '--skip-preview')
    expect(exitCode, output).not.toBe(0)
    expect(output).toMatch(/protect/)
    expect(await stack.kubectl('get', 'pvc', '--output', 'name')).toContain('persistentvolumeclaim/postgres')
  })
})

interface Pods {
  readonly items: readonly { readonly metadata: { readonly labels: Readonly<Record<string, string>> } }[]
}

interface Secrets {
  readonly items: readonly { readonly data: Readonly<Record<string, string>> }[]
}

/** Returns the logins of the service. */
async function loginsOf(stack: Stack): Promise<string[]> {
  const query =
    "select rolname from pg_roles where rolcanlogin and rolname like 'codebase\\_%' and rolname <> 'codebase_migrator'"
  const psql = [
    'exec',
    'postgres-0',
    '--',
    'psql',
    '--username',
    'postgres',
    '--tuples-only',
    '--no-align',
    '-c',
    query,
  ]
  return (await stack.kubectl(...psql)).split('\n').filter((line) => line !== '')
}

async function podsOf(stack: Stack, part: string): Promise<string[]> {
  const selector = `app.kubernetes.io/component=${part}`
  const names = await stack.kubectl(
    'get',
    'pods',
    '--selector',
    selector,
    '--output',
    'jsonpath={.items[*].metadata.name}',
  )
  return names.split(' ')
}

/** Evicts a pod, as draining a node does. */
const evict = (stack: Stack, name: string) =>
  stack.create(`/api/v1/namespaces/${NAME}/pods/${name}/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace: NAME },
  })
