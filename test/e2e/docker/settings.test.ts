import { utimesSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { asAgent, asksOllama, overHttp, overStdio, search } from './agent.ts'
import { docker, MODEL_SETTINGS, missing, ownStack } from './stack.ts'

const NAME = 'codebase-settings'
const lacking = missing()
const QUESTION = 'refuse callers that ask too often'

// Each test continues where the one before it ended: the settings of one stack change.
describe.skipIf(lacking !== undefined)('the settings of a stack on a Docker engine', () => {
  const words = { ollama: { enabled: false }, protectData: false }
  const stack = ownStack(NAME, { server: 18480, postgres: 15880 }, words)

  const up = async () => {
    const { exitCode, output } = await stack.npm('up')
    expect(exitCode, output).toBe(0)
    return output
  }
  const ask = () => asAgent(overHttp(stack.url), (client) => search(client, QUESTION))
  const found = async () => (await ask()).results[0]?.path
  const ids = async () => {
    const rows = await docker('ps', '--filter', `label=codebase-mcp.stack=${NAME}`, '--format', '{{.Names}} {{.ID}}')
    return Object.fromEntries(rows.split('\n').map((row) => row.split(' ') as [string, string]))
  }
  const inspect = (part: string, format: string) => docker('inspect', '--format', format, `${NAME}-${part}`)

  beforeAll(async () => {
    await up()
  })

  test('run no Ollama if it is disabled, and the model in the package answers', async () => {
    expect(Object.keys(await ids()).toSorted()).toEqual([`${NAME}-postgres`, `${NAME}-server`])
    await expect.poll(found, { timeout: 60_000 }).toBe('src/rate-limit.ts')
    expect(asksOllama(await ask())).toBe(false)
  })

  test('limit the containers', async () => {
    const before = await ids()
    stack.settle({
      server: { port: 18480, memory: 700, cpus: 1.5 },
      postgres: { port: 15880, memory: 800, maintenanceMemory: 100 },
      containers: { processes: 333, logSize: '2m', logFiles: 2, restarts: 5 },
    })
    await up()
    expect(Object.values(await ids())).not.toContain(before[`${NAME}-server`])
    const host =
      '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.ReadonlyRootfs}}'
    expect(await inspect('server', host)).toBe(`${700 * 1024 ** 2} 1500000000 333 true`)
    const log =
      '{{json .HostConfig.LogConfig.Config}} {{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.HostConfig.Init}}'
    expect(await inspect('server', log)).toBe('{"max-file":"2","max-size":"2m"} 5 true')
    expect(await inspect('postgres', '{{.HostConfig.ShmSize}}')).toBe(String(164 * 1024 ** 2))
    const psql = ['exec', `${NAME}-postgres`, 'psql', '-U', 'postgres', '-Atc', 'show shared_buffers']
    expect(await docker(...psql)).toBe('200MB')
  })

  test('replace only what a change affects, and then nothing is left to change', async () => {
    stack.settle({})
    await up()
    const before = await ids()
    stack.settle({ server: { port: 18480, logLevel: 'debug' } })
    await up()
    const after = await ids()
    expect(after[`${NAME}-postgres`]).toBe(before[`${NAME}-postgres`])
    expect(after[`${NAME}-server`]).not.toBe(before[`${NAME}-server`])
    expect((await stack.npm('preview', '--expect-no-changes')).output).toContain('unchanged')
    const refresh = await stack.pulumi('refresh', '--yes', '--skip-preview', '--expect-no-changes')
    expect(refresh.exitCode, refresh.output).toBe(0)
  })

  test('add a container for each of the profiles worker and mcp, and the worker indexes', async () => {
    stack.settle({ profiles: ['worker', 'mcp'], server: { port: 18480 } })
    await up()
    expect(await stack.running()).toEqual({
      [`${NAME}-mcp`]: 'healthy',
      [`${NAME}-postgres`]: 'healthy',
      [`${NAME}-server`]: 'healthy',
      [`${NAME}-worker`]: 'healthy',
    })
    const answer = await asAgent(overHttp(stack.url), (client) =>
      client.callTool({ name: 'index_repository', arguments: { path: '/repositories/shop', force: true } }),
    )
    const { job_id: job } = answer.structuredContent as { job_id: string }
    const state = async () => ((await (await fetch(`${stack.url}/v1/jobs/${job}`)).json()) as { state: string }).state
    await expect.poll(state, { timeout: 60_000, interval: 500 }).toBe('succeeded')
    expect(await docker('logs', `${NAME}-worker`)).toContain('"filesUnchanged":0')
    expect(await docker('logs', `${NAME}-server`)).not.toContain('Indexed a repository')
  })

  test('print command lines for stdio that all reach the server', async () => {
    const { output } = await stack.pulumi('stack', 'output', 'clients', '--json')
    const { stdio, stdioElsewhere } = JSON.parse(output) as { stdio: string; stdioElsewhere: Record<string, string> }
    // On Linux this name does not lead to the loopback address, so the test uses the server's own address.
    const address = await inspect('server', `{{(index .NetworkSettings.Networks "${NAME}-internal").IPAddress}}`)
    const desktop = stdioElsewhere.dockerDesktop
      ?.replace('host-gateway', `${address} --network ${NAME}-internal`)
      .replace(':18480', ':8000')
    for (const line of [stdio, stdioElsewhere.hostNetwork, stdioElsewhere.container, desktop]) {
      const [command = '', ...args] = (line ?? '').split(' ')
      const tools = await asAgent(overStdio(command, args), async (client) => (await client.listTools()).tools)
      expect(
        tools.map(({ name }) => name),
        line,
      ).toContain('search_code')
    }
  })

  test('with encryption make the database accept only TLS, which all clients verify', async () => {
    stack.settle({ profiles: ['worker'], postgres: { port: 15880, tls: true } })
    await up()
    await expect.poll(found, { timeout: 60_000 }).toBe('src/rate-limit.ts')
    const psql = (...args: string[]) => docker('exec', `${NAME}-postgres`, 'psql', '-U', 'postgres', '-At', ...args)
    const others = 'from pg_stat_ssl join pg_stat_activity using (pid) where client_addr is not null'
    expect(Number(await psql('-c', `select count(*) ${others} and ssl`))).toBeGreaterThan(0)
    expect(await psql('-c', `select count(*) ${others} and not ssl`)).toBe('0')
    const address = await inspect('postgres', `{{(index .NetworkSettings.Networks "${NAME}-internal").IPAddress}}`)
    await expect(psql('-d', `host=${address} sslmode=disable`, '-c', 'select 1')).rejects.toThrow('no encryption')
    const preview = await stack.npm('preview', '--expect-no-changes')
    expect(preview.exitCode, preview.output).toBe(0)
    stack.settle({})
    await up()
    await expect.poll(found, { timeout: 60_000 }).toBe('src/rate-limit.ts')
  })

  test('with live reload restart the server when its source changes', async () => {
    stack.settle({ liveReload: true })
    await up()
    const starts = async () => (await docker('logs', `${NAME}-server`)).split('"listening"').length - 1
    await expect.poll(found, { timeout: 60_000 }).toBe('src/rate-limit.ts')
    const before = await starts()
    const now = new Date()
    utimesSync(new URL('../../../service/units.ts', import.meta.url), now, now)
    await expect.poll(starts, { timeout: 60_000, interval: 500 }).toBe(before + 1)
    await expect.poll(async () => (await fetch(`${stack.url}/readyz`)).status, { timeout: 60_000 }).toBe(200)
  })

  test('use an external Ollama for the model and for vectors', async () => {
    const name = `${NAME}-elsewhere-ollama`
    const listen = ['--network', 'host', '--env', `OLLAMA_HOST=${await gatewayAddress()}:11499`]
    await docker('run', '--detach', '--name', name, ...listen, 'ollama/ollama:0.17.4')
    stack.settle({ ollama: { ...MODEL_SETTINGS, url: 'http://host.docker.internal:11499' } })
    await up()
    expect(Object.keys(await ids())).not.toContain(`${NAME}-ollama`)
    await expect.poll(async () => asksOllama(await ask()), { timeout: 120_000, interval: 1_000 }).toBe(true)
  })

  test('use an external database instead of the container, and never show its password', async () => {
    const name = `${NAME}-elsewhere-postgres`
    const password = 'canary-of-the-test'
    const own = ['--network', 'host', '--env', `POSTGRES_PASSWORD=${password}`, '--name', name]
    const listen = ['-c', 'port=15499', '-c', `listen_addresses=${await gatewayAddress()}`]
    await docker('run', '--detach', ...own, 'pgvector/pgvector:pg17', ...listen)
    stack.settle({
      postgres: undefined,
      database: { url: `postgres://postgres:${password}@host.docker.internal:15499/postgres` },
    })
    await up()
    expect(Object.keys(await ids())).toEqual([`${NAME}-server`])
    await expect.poll(found, { timeout: 60_000 }).toBe('src/rate-limit.ts')
    expect(await docker('inspect', `${NAME}-server`)).not.toContain(password)
    expect((await stack.pulumi('stack', 'export')).output).not.toContain(password)
  })
})

/** Returns the address at which containers reach this machine and programs on it. */
function gatewayAddress(): Promise<string> {
  return docker('network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}')
}
