import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

// Runs main.js beside it with the given arguments, and restarts it whenever a file in service/ changes. It polls,
// because `node --watch-path` loses files that an editor replaces, and mounts from other systems send no events.
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

/** Waits until the stamps stop changing: a checkout replaces many files. */
async function settled(stamps: string): Promise<string> {
  await sleep(LOOK_EVERY_MS)
  const now = await stampsOf(folder)
  return now === stamps ? now : settled(now)
}

/** Returns every file with its size and modification time. */
async function stampsOf(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const stamps = files.map(async (file) => {
    const found = await stat(file).catch(() => undefined)
    return found === undefined ? '' : `${file} ${found.size} ${found.mtimeMs}`
  })
  return (await Promise.all(stamps)).sort().join('\n')
}
