import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { makeDataFolder } from '../../../fakes/embedded-database.ts'
import { temporaryFolders } from '../../../fakes/temporary-folders.ts'
import { MAIN } from '../run-program.ts'

const WITHIN = { timeout: 90_000, interval: 200 }
const makeFolder = temporaryFolders()

interface Session {
  readonly pid: number
  found(): Promise<string>
  close(): Promise<void>
}

const sessions: Session[] = []
let folder: string
beforeEach(() => {
  folder = makeFolder()
  mkdirSync(join(folder, 'code'))
  writeFileSync(join(folder, 'code', 'shared.py'), 'def shared_between_windows():\n    return 1\n')
})
afterAll(() => Promise.all(sessions.map((session) => session.close())))

/** Opens a session over stdio, as an editor's window does. */
async function openSession(): Promise<Session> {
  const client = new Client({ name: 'test', version: '1' })
  const env = {
    PATH: process.env.PATH ?? '',
    OLLAMA_BASE_URL: 'off',
    LOG_LEVEL: 'error',
    DATA_FOLDER: join(folder, 'data'),
  }
  const args = [MAIN, 'mcp', join(folder, 'code')]
  const transport = new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' })
  await client.connect(transport)
  const session = {
    pid: transport.pid ?? 0,
    async found() {
      const call = { name: 'search_code', arguments: { query: 'shared_between_windows', detail: 'paths' } }
      const { content } = await client.callTool(call, undefined, { timeout: WITHIN.timeout })
      return JSON.stringify(content)
    },
    close: () => client.close(),
  }
  sessions.push(session)
  return session
}

test('two sessions on one data folder find the code, whichever opens it', { timeout: 180_000 }, async () => {
  const opened = await Promise.all([openSession(), openSession()])
  for (const session of opened) await expect.poll(() => session.found(), WITHIN).toContain('shared.py')
  expect(statSync(join(folder, 'data', 'server.json')).mode & 0o077).toBe(0)
})

test('a session continues if the one that had the data folder open has ended or was killed', {
  timeout: 240_000,
}, async () => {
  await makeDataFolder(join(folder, 'data'))
  const first = await openSession()
  await expect.poll(() => first.found(), WITHIN).toContain('shared.py')
  const second = await openSession()
  const third = await openSession()
  expect(await second.found()).toContain('shared.py')
  await first.close()
  expect(await second.found()).toContain('shared.py')
  expect(await third.found()).toContain('shared.py')
  process.kill(second.pid, 'SIGKILL')
  expect(await third.found()).toContain('shared.py')
})
