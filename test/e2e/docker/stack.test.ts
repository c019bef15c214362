import { describe, expect, test } from 'vitest'
import { asAgent, asksOllama, overHttp, overStdio, repositories, search } from './agent.ts'
import { docker, missing, ownStack, run } from './stack.ts'

const NAME = 'codebase-test'
const lacking = missing()

if (lacking !== undefined) process.stderr.write(`The tests on a Docker engine are skipped: ${lacking}\n`)

// Each test continues where the one before it ended, like a person's work.
describe.skipIf(lacking !== undefined)('the stack on a Docker engine', () => {
  const stack = ownStack(NAME, { server: 18080, postgres: 15480 })
  const shop = async () => (await asAgent(overHttp(stack.url), repositories)).find(({ name }) => name === 'shop')

  test('comes up from nothing, healthy, and prints how to reach it', async () => {
    const { exitCode, output } = await stack.npm('up')
    expect(exitCode, output).toBe(0)
    expect(output).toContain(`claude mcp add --transport http codebase ${stack.url}/mcp`)
    expect(await stack.running()).toEqual({
      [`${NAME}-ollama`]: 'healthy',
      [`${NAME}-postgres`]: 'healthy',
      [`${NAME}-server`]: 'healthy',
    })
  })

  test('answers an agent by words and by meaning', async () => {
    await expect.poll(async () => (await shop())?.embedded, { timeout: 120_000, interval: 1_000 }).toBeGreaterThan(2)
    await asAgent(overHttp(stack.url), async (client) => {
      const ask = async () => asksOllama(await search(client, 'send the bill to whoever bought something'))
      await expect.poll(ask, { timeout: 120_000, interval: 1_000 }).toBe(true)
      const { results } = await search(client, 'refuse callers that ask too often')
      expect(results[0]?.path).toBe('src/rate-limit.ts')
    })
  })

  test('has no changes afterwards, and no drift', async () => {
    const preview = await stack.npm('preview', '--expect-no-changes')
    expect(preview.exitCode, preview.output).toBe(0)
    const refresh = await stack.pulumi('refresh', '--yes', '--skip-preview', '--expect-no-changes')
    expect(refresh.exitCode, refresh.output).toBe(0)
  })

  test('shows no password in what the engine shows of a container, nor in its state', async () => {
    const open = await stack.pulumi('stack', 'export', '--show-secrets')
    const closed = await stack.pulumi('stack', 'export')
    const passwords = passwordsIn(open.output)
    expect(passwords).toHaveLength(3)
    const told = await docker('inspect', ...(await allContainers()))
    for (const password of passwords) {
      expect(told).not.toContain(password)
      expect(closed.output).not.toContain(password)
    }
  })

  test('lets the role of the service neither create nor drop', async () => {
    const asService = async (statement: string) => {
      const url = databaseUrlOf((await stack.pulumi('stack', 'export', '--show-secrets')).output)
      return run('docker', ['exec', `${NAME}-postgres`, 'psql', url, '--command', statement])
    }
    expect((await asService('select count(*) from repository')).exitCode).toBe(0)
    expect((await asService('drop table repository')).output).toContain('must be owner of table repository')
    expect((await asService('create table mine (id int)')).output).toContain('permission denied for schema public')
  })

  test('publishes only on the loopback address', async () => {
    const ports = await docker('ps', '--filter', `name=^${NAME}-`, '--format', '{{.Ports}}')
    const published = ports.split(/[\n,]/).filter((port) => port.includes('->'))
    expect(published.map((port) => port.trim().split(':')[0])).toEqual(['127.0.0.1', '127.0.0.1'])
  })

  test('serves an agent over stdio from a container that ends with it', async () => {
    const { output } = await stack.pulumi('stack', 'output', 'clients', '--json')
    const { command, args } = JSON.parse(output).process.mcpServers.codebase
    const tools = await asAgent(overStdio(command, args), async (client) => (await client.listTools()).tools)
    expect(tools.map(({ name }) => name)).toContain('search_code')
  })

  test('stops in time, with exit code 0', async () => {
    const began = performance.now()
    await docker('stop', `${NAME}-server`)
    expect(performance.now() - began).toBeLessThan(15_000)
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', `${NAME}-server`)).toBe('0')
  })

  test('is repaired by `up` after containers were stopped or removed by hand', async () => {
    await docker('rm', '--force', `${NAME}-postgres`)
    const { exitCode, output } = await stack.npm('up')
    expect(exitCode, output).toBe(0)
    expect(Object.values(await stack.running())).toEqual(['healthy', 'healthy', 'healthy'])
    expect(await shop()).toMatchObject({ files: 3 })
  })

  test('names a model that cannot be pulled, and keeps serving', async () => {
    const { exitCode, output } = await stack.npm('up', '--config', 'ollama.model=127.0.0.1:9/library/missing')
    expect(exitCode).not.toBe(0)
    expect(output).toContain('The model "127.0.0.1:9/library/missing" was not pulled')
    expect((await fetch(`${stack.url}/readyz`)).status).toBe(200)
  })

  test('keeps the index through down and up', async () => {
    stack.restoreSettings()
    const before = await indexedFirst()
    const down = await stack.npm('down')
    expect(down.exitCode, down.output).toBe(0)
    expect(await allContainers()).toEqual([])
    const up = await stack.npm('up')
    expect(up.exitCode, up.output).toBe(0)
    expect(await indexedFirst()).toBe(before)
    expect(await shop()).toMatchObject({ files: 3, embedded: 3 })
  })

  test('keeps its volumes on a plain destroy, and removes everything when told to', async () => {
    const destroy = await stack.pulumi('destroy', '--yes', '--skip-preview')
    expect(destroy.output).toContain('it is protected')
    const down = await stack.npm('down', '--data', '--yes')
    expect(down.exitCode, down.output).toBe(0)
    expect(await allContainers()).toEqual([])
    expect(await docker('volume', 'ls', '--quiet', '--filter', `name=^${NAME}-`)).toBe('')
    expect(await docker('network', 'ls', '--quiet', '--filter', `name=^${NAME}-`)).toBe('')
  })
})

/** Returns when the repository was added, from the database. */
function indexedFirst(): Promise<string> {
  const query = 'select created_at from repository'
  return docker('exec', `${NAME}-postgres`, 'psql', '-U', 'postgres', '-d', 'codebase', '-Atc', query)
}

async function allContainers(): Promise<string[]> {
  const names = await docker('ps', '--all', '--quiet', '--filter', `name=^${NAME}-`)
  return names.split('\n').filter((name) => name !== '')
}

interface Exported {
  readonly deployment: {
    readonly resources: readonly { readonly type: string; readonly outputs?: { result?: unknown } }[]
  }
}

const resourcesIn = (exported: string) => (JSON.parse(exported) as Exported).deployment.resources

function passwordsIn(exported: string): string[] {
  return resourcesIn(exported)
    .filter(({ type }) => type === 'random:index/randomPassword:RandomPassword')
    .map(({ outputs }) => plain(outputs?.result))
}

/** Decodes a secret of an exported state, which is JSON within JSON. */
function plain(secret: unknown): string {
  return JSON.parse((secret as { plaintext: string }).plaintext) as string
}

/** Returns the service's database URL as the container of the database can use it. */
function databaseUrlOf(exported: string): string {
  const url = /postgres:\/\/codebase:\w+@/.exec(exported)?.[0]
  if (url === undefined) throw new Error('the state holds no URL of the database')
  return `${url}127.0.0.1:5432/codebase`
}
