import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import { type Answer, asAgent, asksOllama, overHttp, repositories } from './agent.ts'
import { docker, missing, ownStack, ROOT, run } from './stack.ts'

const NAME = 'codebase-daytwo'
const lacking = missing()

if (lacking !== undefined) process.stderr.write(`The day-two tests are skipped: ${lacking}\n`)

interface Check {
  readonly group: string
  readonly name: string
  readonly state: string
  readonly detail: string
}

// Each test continues where the one before it ended, like a person's work.
describe.skipIf(lacking !== undefined)('day two of a stack on a Docker engine', () => {
  const stack = ownStack(NAME, { server: 18180, postgres: 15580 })
  const folder = mkdtempSync(join(tmpdir(), 'codebase-day-two-'))
  const file = join(folder, 'index.dump')
  let before: unknown

  const npm = (command: string, ...args: string[]) =>
    run('npm', ['run', '--silent', command, '--', ...stack.select, ...args], stack.environment)
  const embedded = async () => {
    const rows = await asAgent(overHttp(stack.url), repositories).catch(() => [])
    return rows[0] !== undefined && rows[0].embedded === rows[0].chunks && rows[0].chunks > 0
  }
  const untilEmbedded = () => expect.poll(embedded, { timeout: 120_000, interval: 500 }).toBe(true)
  const databases = () =>
    docker(
      'exec',
      `${NAME}-postgres`,
      'psql',
      '-U',
      'postgres',
      '-Atc',
      "select datname from pg_database where datname ~ 'codebase' order by 1",
    )
  const doctor = async () => {
    const { exitCode, output } = await npm('doctor', '--json')
    return { exitCode, checks: (JSON.parse(output) as { checks: Check[] }).checks }
  }

  afterAll(() => rmSync(folder, { recursive: true }))

  test('starts with a status that says how to create a stack, and a doctor that finds the machine ready', async () => {
    const status = await npm('status')
    expect(status.exitCode).toBe(1)
    expect(status.output).toContain(`There is no stack "${NAME}": \`${stack.hint('up')}\` creates it`)
    const { exitCode, checks } = await doctor()
    expect(exitCode, JSON.stringify(checks)).toBe(0)
    expect(checks.find(({ name }) => name === 'settings')?.detail).toBe(`${NAME} on docker`)
  })

  test('reports that a healthy stack is healthy', async () => {
    const up = await stack.npm('up')
    expect(up.exitCode, up.output).toBe(0)
    await untilEmbedded()
    const { exitCode, output } = await npm('status')
    expect(exitCode, output).toBe(0)
    expect(output).toMatch(/^postgres +healthy .* of 1.0 GiB/m)
    expect(output).toContain(`server: ${stack.url}`)
    expect(output).toMatch(/^shop: ready, 3 files, 3 chunks \(100 % embedded\), indexed \d+ s ago$/m)
    const report = JSON.parse((await npm('status', '--json')).output)
    expect(report).toMatchObject({ stack: NAME, state: 'ok', addresses: { server: stack.url } })
    expect(report.parts.map(({ part }: { part: string }) => part)).toEqual(['postgres', 'ollama', 'server'])
  })

  test('passes the doctor on a healthy stack, also as an agent sees it', async () => {
    const { exitCode, checks } = await doctor()
    expect(checks.filter(({ state }) => state === 'failing')).toEqual([])
    expect(exitCode).toBe(0)
    expect(new Set(checks.map(({ group }) => group))).toEqual(new Set(['machine', 'stack', 'server', 'client']))
    expect(checks.find(({ group }) => group === 'client')?.detail).toMatch(/offers \d+ tools; a search took \d+ ms/)
  })

  test('shows the logs of the parts', async () => {
    const all = await npm('logs', '--since', '1h')
    expect(all.exitCode).toBe(0)
    expect(all.output).toMatch(/^postgres \| .*database system is ready to accept connections/m)
    expect(all.output).toMatch(/^server {3}\| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO {2}listening url=/m)
    const entries = (await npm('logs', 'server', '--json', '--tail', '2')).output.trim().split('\n')
    expect(entries.map((line) => JSON.parse(line).part)).toEqual(['server', 'server'])
    const unknown = await npm('logs', 'redis')
    expect(unknown.exitCode).toBe(1)
    expect(unknown.output).toContain('The stack has no part "redis"; its parts are postgres, ollama, server, ')
  })

  test('follows the log of a part across a restart, until Ctrl-C', async () => {
    const child = spawn('node', ['infra/cli.ts', 'logs', ...stack.select, 'server', '--follow', '--tail', '0'], {
      cwd: ROOT,
      env: { ...process.env, ...stack.environment },
    })
    const written = text(child.stdout)
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
    let seen = ''
    child.stdout.on('data', (chunk) => {
      seen += chunk
    })
    await docker('restart', `${NAME}-server`)
    await expect.poll(() => seen, { timeout: 60_000 }).toMatch(/stopping reason=SIGTERM[\s\S]*listening url=/)
    child.kill('SIGINT')
    expect(await exited).toBe(0)
    expect(await written).not.toContain('Error')
  })

  test('queries the database as each of its roles', async () => {
    expect(await npm('psql', '-Atc', 'select count(*) from file')).toEqual({ exitCode: 0, output: '3\n' })
    const service = await npm('psql', '--role', 'service', '-Atc', 'drop table file')
    expect(service.exitCode).toBe(1)
    expect(service.output).toContain('must be owner of table file')
    expect((await npm('psql', '--role', 'migrator', '-Atc', 'select current_user')).output).toBe('codebase_migrator\n')
  })

  test('passes everything on to the Pulumi CLI', async () => {
    const words = ['run', '--silent', 'pulumi', '--', 'stack', 'output', 'url', '--stack', NAME]
    expect(await run('npm', words, stack.environment)).toEqual({ exitCode: 0, output: `${stack.url}\n` })
  })

  test('writes a backup while agents ask, and does not overwrite another', async () => {
    before = await answers(stack.url)
    const [backup, ...asked] = await Promise.all([npm('backup', file), answers(stack.url), answers(stack.url)])
    expect(backup.exitCode, backup.output).toBe(0)
    expect(backup.output).toMatch(/index\.dump: [\d.]+ [KM]iB in [\d.]+ s, written and read back/)
    expect(asked).toEqual([before, before])
    expect(readdirSync(folder)).toEqual(['index.dump'])
    const again = await npm('backup', file)
    expect(again.exitCode).toBe(1)
    expect(again.output).toContain('already exists: add --force to replace it')
  })

  test('gets the same answers from a new stack with the backup', async () => {
    const down = await stack.npm('down', '--data', '--yes')
    expect(down.exitCode, down.output).toBe(0)
    const gone = await npm('restore', file, '--yes')
    expect(gone.exitCode).toBe(1)
    expect(gone.output).toContain(`The container of postgres does not exist: \`${stack.hint('up')}\` starts it`)
    const up = await stack.npm('up')
    expect(up.exitCode, up.output).toBe(0)
    const restore = await npm('restore', file, '--yes')
    expect(restore.exitCode, restore.output).toBe(0)
    expect(restore.output).toMatch(/[KM]iB restored in [\d.]+ s; the server uses it\./)
    await untilEmbedded()
    expect(await answers(stack.url)).toEqual(before)
    expect(await databases()).toBe('codebase')
  })

  test('has no changes after that, and the same grants as before', async () => {
    const preview = await stack.npm('preview', '--expect-no-changes')
    expect(preview.exitCode, preview.output).toBe(0)
    const refresh = await stack.pulumi('refresh', '--yes', '--skip-preview', '--expect-no-changes')
    expect(refresh.exitCode, refresh.output).toBe(0)
    expect((await npm('psql', '--role', 'service', '-Atc', 'create table mine (id int)')).exitCode).toBe(1)
    expect((await npm('psql', '--role', 'service', '-Atc', 'delete from job where false')).exitCode).toBe(0)
  })

  test('restores the old database if a backup is broken, or if the server does not start on it', async () => {
    const cut = join(folder, 'cut.dump')
    await run('sh', ['-c', `head -c 6000 ${file} > ${cut}`])
    const broken = await npm('restore', cut, '--yes')
    expect(broken.exitCode).toBe(1)
    expect(broken.output).toMatch(/cannot be (read|loaded)/)
    const unfit = join(folder, 'unfit.dump')
    await npm('psql', '-c', 'create table keep as select * from migration; delete from migration')
    await run('sh', ['-c', `docker exec ${NAME}-postgres pg_dump -Fc -U postgres codebase > ${unfit}`])
    await npm('psql', '-c', 'insert into migration select * from keep; drop table keep')
    const refused = await npm('restore', unfit, '--yes')
    expect(refused.exitCode).toBe(1)
    expect(refused.output).toContain('The server does not start with the restored database. Its last lines:')
    expect(refused.output).toContain('relation "repository" already exists')
    await untilEmbedded()
    expect(await answers(stack.url)).toEqual(before)
    expect(await databases()).toBe('codebase')
  })

  test.each([
    ['loaded', 'codebase_restore'],
    ['put in place', 'codebase_before_restore'],
  ])('serves as before if a restore is interrupted in the step %s', async (_, present) => {
    const child = spawn('node', ['infra/cli.ts', 'restore', ...stack.select, file, '--yes'], {
      cwd: ROOT,
      env: { ...process.env, ...stack.environment },
    })
    const told = text(child.stderr)
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
    await expect.poll(databases, { timeout: 60_000, interval: 50 }).toContain(present)
    child.kill('SIGINT')
    expect(await exited).toBe(130)
    expect(await told).toContain('Interrupted: the database is unchanged and in use')
    await untilEmbedded()
    expect(await answers(stack.url)).toEqual(before)
    expect(await databases()).toBe('codebase')
  })

  test('reports which part has stopped, and what to do', async () => {
    await docker('kill', `${NAME}-ollama`)
    const status = await npm('status')
    expect(status.exitCode).toBe(1)
    expect(status.output).toContain(
      `x ollama is exited (exit code 137): \`${stack.hint('logs', 'ollama')}\` shows why; \`${stack.hint('up')}\` starts it`,
    )
    const { exitCode, checks } = await doctor()
    expect(exitCode).toBe(1)
    expect(checks).toContainEqual(expect.objectContaining({ group: 'stack', name: 'ollama', state: 'failing' }))
    await docker('stop', `${NAME}-postgres`)
    const psql = await npm('psql', '-c', 'select 1')
    expect(psql.exitCode).toBe(1)
    expect(psql.output).toContain(`The container of postgres is exited: \`${stack.hint('up')}\` starts it`)
    expect((await npm('logs', 'postgres', '--tail', '5')).output).toContain('database system is shut down')
  })

  test('reports that a stack is down', async () => {
    await stack.npm('down')
    const { exitCode, output } = await npm('status')
    expect(exitCode).toBe(1)
    expect(output).toContain(`is down: \`${stack.hint('up')}\` starts it with its existing index.`)
    expect((await npm('logs')).output).toContain('is down and has no logs')
  })

  test('reports all faults of the settings at once', async () => {
    const place = mkdtempSync(join(folder, 'wrong-'))
    writeFileSync(join(place, 'file'), '')
    const { exitCode, output } = await npm('doctor', '--json', '--config', `repositories=["${place}/file","/no/such"]`)
    expect(exitCode).toBe(1)
    const details = (JSON.parse(output) as { checks: Check[] }).checks
      .filter(({ name }) => name === 'repositories')
      .map(({ detail }) => detail)
    expect(details).toEqual([
      expect.stringContaining('is a file'),
      expect.stringContaining('there is no folder /no/such'),
    ])
  })
})

const QUERIES = [
  'refuse callers that ask too often',
  'send the bill to whoever bought something',
  'number from text',
  'TokenBucket',
  'strconv.Atoi',
  'render document attachments',
  'quota',
]

/** Returns the answers of every tool, without the fields that change from one moment to the next. */
async function answers(url: string): Promise<unknown> {
  return asAgent(overHttp(url), async (client) => {
    const call = async (name: string, input: Record<string, unknown>) => {
      const { structuredContent, content } = await client.callTool({ name, arguments: input })
      if (structuredContent === undefined) throw new Error(`${name} answered ${JSON.stringify(content)}`)
      return steady(structuredContent)
    }
    // Vectors only arrive in time after Ollama has loaded the model.
    const search = async (query: string) => {
      await expect
        .poll(async () => asksOllama((await call('search_code', { query })) as Answer), {
          timeout: 120_000,
          interval: 500,
        })
        .toBe(true)
      return call('search_code', { query, detail: 'full' })
    }
    const found: unknown[] = []
    for (const query of QUERIES) found.push(await search(query))
    return [
      ...found,
      await call('grep_code', { pattern: 'return .*take|tokens' }),
      await call('grep_code', { pattern: 'smtp\\.\\w+', context: 2 }),
      await call('read_file', { repository: 'shop', path: 'src/mail.py' }),
      await call('read_file', { repository: 'shop', path: 'src/parse.go', start_line: 3, end_line: 4 }),
      await call('list_repositories', {}),
    ]
  })
}

const PASSING = ['latency_ms', 'indexed_at', 'age', 'note']

function steady(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, each) => (PASSING.includes(key) ? undefined : each)))
}
