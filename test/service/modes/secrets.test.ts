import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeDataFolder } from '../../fakes/embedded-database.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { CANARIES } from '../indexing/secrets/canaries.ts'
import { type Program, runProgram, startProgram } from './run-program.ts'

const folder = temporaryFolders()()
const shop = join(folder, 'shop')
const OWN = { AUTH_TOKENS: 'canary-of-the-server-token', WEBHOOK_SECRET: 'canary-of-the-webhook' }
const authorization = `Bearer ${OWN.AUTH_TOKENS}`
const fileOf = (number: number) => `canary${number}.txt`

let program: Program
let url: string
/** All answers of the server. */
const answers: string[] = []

beforeAll(async () => {
  mkdirSync(shop)
  for (const [number, { text }] of CANARIES.entries()) {
    writeFileSync(join(shop, fileOf(number)), `the canary number${number} sings\n${text}\nand falls silent\n`)
  }
  writeFileSync(join(shop, '.env'), 'PAYMENT_PASSWORD=hunter-in-the-rye\n')
  const environment = { ...OWN, DATA_FOLDER: join(folder, 'data'), PORT: '0', LOG_LEVEL: 'debug' }
  await makeDataFolder(environment.DATA_FOLDER)
  program = startProgram(['serve', 'shop'], environment, folder)
  while (!/shop: \d+ files/.test(program.stdout())) {
    if (program.child.exitCode !== null) throw new Error(program.stderr())
    await delay(20)
  }
  url = /Codebase MCP is at (\S+) /.exec(program.stdout())?.[1] ?? ''
})
afterAll(() => program.child.kill('SIGKILL'))

async function ask(path: string, body?: unknown): Promise<string> {
  const response = await fetch(url + path, {
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  const text = await response.text()
  answers.push(text)
  return text
}

const SECRETS = [...CANARIES.flatMap(({ secrets }) => secrets), 'hunter-in-the-rye', ...Object.values(OWN)]
const shownIn = (text: string) => SECRETS.filter((secret) => text.includes(secret))

test('no tool answers with a secret, and its place is found by the text around it', async () => {
  const client = new Client({ name: 'test', version: '1' })
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
    requestInit: { headers: { authorization } },
  })
  await client.connect(transport)
  const call = async (name: string, args: object) => {
    const answer = JSON.stringify(await client.callTool({ name, arguments: { ...args } }))
    answers.push(answer)
    return answer
  }
  for (const number of CANARIES.keys()) {
    expect(await call('search_code', { query: `number${number} sings`, detail: 'full', limit: 3 })).toContain(
      fileOf(number),
    )
    expect(await call('read_file', { repository: 'shop', path: fileOf(number) })).toContain('falls silent')
  }
  expect(await call('grep_code', { pattern: 'masked: ', limit: 200 })).toContain('[masked: github-pat]')
  await call('grep_code', { pattern: '^', path: '.env' })
  await call('read_file', { repository: 'shop', path: '.env' })
  for (const secret of SECRETS.slice(0, 60)) {
    const found = JSON.parse(await call('grep_code', { pattern: secret.replace(/[^\w]/g, '\\$&') }))
    expect([secret, found.structuredContent?.matches]).toEqual([secret, []])
  }
  expect(await call('list_repositories', {})).toMatch(/"skipped":\{"secret":1\}.*"masked_secrets":\{.*"private-key":8/)
  expect(await call('get_indexing_status', {})).toContain('"masked_secrets"')
  await client.close()
  expect(answers.flatMap(shownIn)).toEqual([])
})

test('neither do the API, the page, metrics and faults', async () => {
  answers.length = 0
  await ask('/v1/search', { query: 'canary sings', limit: 50, detail: 'full' })
  await ask('/v1/grep', { pattern: '.', limit: 200, context: 5 })
  await ask('/v1/read', { repository: 'shop', path: 'canary1.txt' })
  await ask('/v1/read', { repository: 'shop', path: '.env' })
  await ask('/v1/search', { query: 1 })
  await ask('/v1/webhooks/git', {})
  for (const path of ['/', '/health', '/openapi.json', '/v1/repositories', '/v1/jobs', '/nowhere']) await ask(path)
  const metrics = await ask('/metrics')
  expect(metrics).toContain('codebase_index_masked_secrets{kind="github-pat"} 1')
  expect(metrics).toContain('codebase_index_skipped{reason="secret"} 1')
  expect(answers.flatMap(shownIn)).toEqual([])
})

test('neither do the output and the log', () => {
  expect(program.stdout()).toMatch(/ {2}skipped: 1 secret\n {2}masked secrets: .*8 private-key/)
  expect(shownIn(program.stdout() + program.stderr())).toEqual([])
})

test("the service's own secrets are in no fault of the settings", async () => {
  const own = {
    DATABASE_URL: 'mysql://me:canary-of-the-database@db/x',
    MIGRATION_DATABASE_URL: 'postgres://me:canary-of-the-migration@127.0.0.1:1/x',
    GIT_CREDENTIALS: '{"https://git.internal/": {"token": 7, "secret": "canary-of-git"}}',
    AUTH_TOKENS: 'canary-of-auth rights=everything',
    WEBHOOK_SECRET: 'canary-short',
    REPOSITORIES: 'https://me:canary-of-the-url@git.internal/team/shop.git',
    SERVER_URL: 'ftp://me:canary-of-the-server@host',
    HTTPS_PROXY: 'gopher://me:canary-of-the-proxy@host',
    OLLAMA_BASE_URL: 'ftp://me:canary-of-ollama@host',
  }
  const { code, stdout, stderr } = await runProgram(['serve'], { ...own, DATA_FOLDER: join(folder, 'other') }, folder)
  expect(code).toBe(1)
  expect(stdout + stderr).toContain('DATABASE_URL must be')
  expect(stdout + stderr).not.toContain('canary-')
})

test('a database that cannot be reached is named without its password', async () => {
  const environment = {
    DATABASE_URL: 'postgres://me:canary-of-the-database@127.0.0.1:9/x',
    LOG_LEVEL: 'debug',
    PORT: '0',
  }
  const program = startProgram(['serve'], environment, folder)
  while (!/ECONNREFUSED|Waiting/.test(program.stderr())) await delay(20)
  program.child.kill('SIGKILL')
  const { stdout, stderr } = await program.ended
  expect(stdout + stderr).not.toContain('canary-')
})
