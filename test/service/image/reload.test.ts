import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const RELOAD = fileURLToPath(new URL('../../../service/image/reload.ts', import.meta.url))
// Prints its arguments and a file of service/, and ends cleanly at a signal.
const PROGRAM = `
import { readFileSync } from 'node:fs'
const text = readFileSync(new URL('service/deep/text', import.meta.url), 'utf8')
if (text === 'broken') process.exit(3)
if (text === 'done') process.exit(0)
process.on('SIGTERM', () => { console.log('ended ' + text); process.exit(0) })
console.log('started ' + process.argv.slice(2) + ' ' + text)
setInterval(() => {}, 1000)
`

let folder: string
let reload: ChildProcess | undefined
let output = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codebase-reload-'))
  mkdirSync(join(folder, 'service', 'deep'), { recursive: true })
  cpSync(RELOAD, join(folder, 'reload.ts'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'main.js'), PROGRAM)
})

afterEach(async () => {
  // Killed, it would leave the service running.
  if (reload?.kill('SIGTERM')) await once(reload, 'exit')
  rmSync(folder, { recursive: true })
})

const write = (text: string) => writeFileSync(join(folder, 'service', 'deep', 'text'), text)

/** Replaces the file with a new one, as editors do. */
function replace(text: string): void {
  writeFileSync(join(folder, 'service', 'deep', 'new'), text)
  renameSync(join(folder, 'service', 'deep', 'new'), join(folder, 'service', 'deep', 'text'))
}

function start(...args: string[]): ChildProcess {
  output = ''
  const started = spawn(process.execPath, [join(folder, 'reload.ts'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [started.stdout, started.stderr]) stream.on('data', (piece) => (output += piece))
  reload = started
  return started
}

const shown = (text: string) => vi.waitFor(() => expect(output).toContain(text), { timeout: 20_000 })

test('restarts the service whenever a file changes, even one that was replaced before', async () => {
  write('one')
  start('serve')
  await shown('started serve one')
  for (const text of ['two', 'three']) {
    replace(text)
    await shown(`started serve ${text}`)
  }
  write('four')
  await shown('started serve four')
  expect(output.match(/ended \w+/g)).toEqual(['ended one', 'ended two', 'ended three'])
})

test('waits for the next change if the service cannot run', async () => {
  write('broken')
  start('serve')
  await shown('The service ended with 3 and starts again after the next change')
  write('mended')
  await shown('started serve mended')
  expect(output).not.toContain('ended mended')
})

test('exits with 0 on SIGTERM, after the service', async () => {
  write('one')
  const process = start('serve')
  await shown('started serve one')
  process.kill('SIGTERM')
  expect(await once(process, 'exit')).toEqual([0, null])
  expect(output).toContain('ended one')
})

test('exits with 0 on SIGTERM while no service runs, and when the service ends', async () => {
  write('broken')
  const waiting = start('serve')
  await shown('starts again after the next change')
  waiting.kill('SIGTERM')
  expect(await once(waiting, 'exit')).toEqual([0, null])
  write('done')
  expect(await once(start('migrate'), 'exit')).toEqual([0, null])
})
