import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { makeDataFolder } from '../../fakes/embedded-database.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { MAIN } from './run-program.ts'

/** Runs a command on a terminal of its own. */
const SCRIPT = '/usr/bin/script'
const FILES = 400
const temporaryFolder = temporaryFolders()

function shop(): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, '店-of-many'))
  for (let at = 0; at < FILES; at++) {
    writeFileSync(join(folder, '店-of-many', `item${at}.py`), `def price_of_item_${at}():\n    return ${at}\n`)
  }
  return folder
}

/** Starts a program on a terminal so wide, with these variables alone. */
function onTerminal(words: string, variables: Record<string, string>, columns = 80) {
  const folder = shop()
  const env = { PATH: process.env.PATH ?? '', HOME: folder, OLLAMA_BASE_URL: 'off', PORT: '0', ...variables }
  const command = `stty cols ${columns} rows 24; exec ${process.execPath} ${MAIN} ${words}`
  const child = spawn(SCRIPT, ['-qefc', command, '/dev/null'], { cwd: folder, env })
  let shown = ''
  child.stdout.on('data', (chunk) => (shown += chunk))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { folder, type: (keys: string) => void child.stdin.write(keys), shown: () => shown, ended, child }
}

const ESC = '\u001b'
const COLOUR = new RegExp(`${ESC}\\[[\\d;]*m`)
const REDRAWN = new RegExp(`${ESC}\\[\\?7l(.*?)${ESC}\\[\\?7h`, 'g')
const UTF8 = { TERM: 'xterm-256color', LANG: 'C.UTF-8' }

/** Serves until Ctrl-C, and returns what the terminal has been sent. */
async function served(variables: Record<string, string>, columns?: number): Promise<string> {
  const data = join(temporaryFolder(), 'data')
  await makeDataFolder(data)
  const terminal = onTerminal('serve ./*-of-many', { DATA_FOLDER: data, ...variables }, columns)
  while (!/Ready:/.test(terminal.shown())) {
    if (terminal.child.exitCode !== null) throw new Error(terminal.shown())
    await delay(20)
  }
  terminal.type('\u0003')
  expect(await terminal.ended).toBe(0)
  expect(terminal.shown()).toContain('Stopping. The index stays')
  return terminal.shown()
}

describe.skipIf(!existsSync(SCRIPT))('a server on a terminal', () => {
  test.each([
    [80, { ...UTF8 }],
    [50, { ...UTF8 }],
    [20, { ...UTF8, NO_COLOR: '1' }],
    [20, { TERM: 'xterm', LANG: 'C' }],
  ])('shows its progress in one line of %i columns, with %j', async (columns, variables) => {
    const shown = await served(variables, columns)
    const lines = [...shown.matchAll(REDRAWN)].map(([, line = '']) => line)
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.filter((line) => line.length >= columns)).toEqual([])
    expect(COLOUR.test(shown)).toBe(!('NO_COLOR' in variables))
    expect(/[█░]/.test(shown)).toBe(columns > 20)
  })

  test.each<Record<string, string>>([
    { TERM: 'dumb', LANG: 'C.UTF-8' },
    { TERM: 'dumb', LANG: 'C', CI: '1' },
  ])('moves no cursor and has no colour where the terminal has neither: %j', async (variables) => {
    const shown = await served(variables)
    expect(shown).not.toContain(ESC)
    expect(shown).toMatch(/: (?:looking for|reading) files.*\r\n/)
  })

  test('has no colour in CI, and has it on request', async () => {
    expect(await served({ ...UTF8, CI: '1' })).not.toMatch(COLOUR)
    expect(await served({ ...UTF8, CI: '1', FORCE_COLOR: '1' })).toMatch(COLOUR)
  })
})

test.skipIf(!existsSync(SCRIPT)).each([
  ['n', 'n\n', 'xterm'],
  ['Ctrl-C', '\u0003', 'xterm'],
  ['Ctrl-D', '\u0004', 'xterm'],
  ['Ctrl-C', '\u0003', 'dumb'],
])('a question that somebody answers with %s is answered with no', async (_, keys, TERM) => {
  const terminal = onTerminal('serve /usr', { ...UTF8, TERM, DATA_FOLDER: join(temporaryFolder(), 'data') })
  while (!terminal.shown().includes('[y/N]')) await delay(20)
  terminal.type(keys)
  expect(await terminal.ended).toBe(2)
  const [, ...told] = terminal.shown().trim().split('\r\n')
  expect(told).toEqual([
    '"/usr" is a system folder, so it is not indexed without confirmation',
    'Give the folder of a project, or pass --yes to index all of this one',
  ])
})

test.skipIf(!existsSync(SCRIPT))('a mode that agents start tells a person so', async () => {
  const terminal = onTerminal('mcp', { ...UTF8, DATA_FOLDER: join(temporaryFolder(), 'data') })
  while (!/Ctrl-C ends this/.test(terminal.shown())) await delay(20)
  terminal.type('\u0003')
  expect(await terminal.ended).toBe(0)
  expect(terminal.shown()).toContain('codebase-mcp connect CLIENT sets one up')
})

test('a command whose reader leaves early ends in peace', async () => {
  const folder = shop()
  const child = spawn('sh', ['-c', `${process.execPath} ${MAIN} --help | head -1`], { cwd: folder })
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)])
  expect([said, complained]).toEqual([expect.stringMatching(/^Usage: codebase-mcp/), ''])
})
