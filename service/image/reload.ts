import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

// Runs main.js beside it with the arguments given, and again whenever something in the folder service/ changes.
// It looks instead of being told: `node --watch-path` loses files that an editor replaces, and mounts of other systems
// tell nothing.
const LOOK_EVERY_MS = 300
const program = fileURLToPath(new URL('main.js', import.meta.url))
const folder = fileURLToPath(new URL('service', import.meta.url))

let stopping = false
let seen = await stampsOf(folder)
let child = start()
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stopping = true
    if (hasEnded(child)) process.exit()
    child.kill(signal)
  })
}

for (;;) {
  await sleep(LOOK_EVERY_MS)
  const stamps = await stampsOf(folder)
  if (stamps === seen || stopping) continue
  seen = await settled(stamps)
  process.stderr.write('The service has changed and starts again\n')
  await stop(child)
  if (!stopping) child = start()
}

function start(): ChildProcess {
  const started = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
  started.once('exit', (code, signal) => {
    if (stopping || code === 0) process.exit(code ?? 0)
    process.stderr.write(`The service ended with ${code ?? signal} and starts again after the next change\n`)
  })
  return started
}

async function stop(running: ChildProcess): Promise<void> {
  if (hasEnded(running)) return
  running.removeAllListeners('exit')
  running.kill('SIGTERM')
  await once(running, 'exit')
  if (stopping) process.exit()
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** The stamps once they stay the same: a checkout replaces many files. */
async function settled(stamps: string): Promise<string> {
  await sleep(LOOK_EVERY_MS)
  const now = await stampsOf(folder)
  return now === stamps ? now : settled(now)
}

/** Every file with its size and time; changes when one of them does. */
async function stampsOf(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const stamps = files.map(async (file) => {
    const found = await stat(file).catch(() => undefined)
    return found === undefined ? '' : `${file} ${found.size} ${found.mtimeMs}`
  })
  return (await Promise.all(stamps)).sort().join('\n')
}
