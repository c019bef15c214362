import { type SpawnOptions, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'

export interface Ended {
  readonly exitCode: number
  readonly output: string
  readonly errors: string
}

export function isOnPath(program: string, { PATH = '' }: NodeJS.ProcessEnv): boolean {
  const names = [program, `${program}.exe`]
  return PATH.split(delimiter).some((folder) => names.some((name) => existsSync(join(folder, name))))
}

/** What a program wrote, once it has ended; one that cannot be started ends with 127, as in a shell. */
export async function outputOf(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const [exitCode, output, errors] = await Promise.all([ended(child), text(child.stdout), text(child.stderr)])
  return { exitCode, output, errors }
}

/** Runs a program at this terminal; its exit code. */
export function runHere(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<number> {
  // A Ctrl-C reaches the program too, and it is for the program to end in order.
  const wait = () => {}
  process.on('SIGINT', wait)
  return ended(spawn(command, args, { ...options, stdio: 'inherit' })).finally(() => process.off('SIGINT', wait))
}

const NOT_STARTED = 127
const KILLED = 130

function ended(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(NOT_STARTED))
    child.once('close', (code) => resolve(code ?? KILLED))
  })
}
