import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { KIB } from '../../units.ts'

export interface GitCall {
  readonly args: readonly string[]
  /** Additional variables for this call. */
  readonly environment?: Readonly<Record<string, string>>
  readonly config?: Readonly<Record<string, string>>
  readonly input?: string
  readonly maxOutputBytes: number
}

/** Runs git until it ends. The signal ends it with all its child processes. */
export type Git = (call: GitCall, signal: AbortSignal) => Promise<Buffer>

/** git ended with an exit code other than 0. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed'
  /** The end of its stderr. */
  readonly said: string

  constructor(call: GitCall, code: number | null, said: string) {
    super(`git ${call.args[0]} ended with ${code ?? 'a signal'}: ${said}`)
    this.said = said
  }
}

/** git wrote more than allowed. */
export class OutputTooLarge extends Error {
  override readonly name = 'OutputTooLarge'

  constructor({ args, maxOutputBytes }: GitCall) {
    super(`git ${args[0]} wrote more than ${maxOutputBytes} bytes`)
  }
}

// Overrides what a repository's own configuration may contain.
const CONFIG = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'credential.helper': '',
  'fetch.recurseSubmodules': 'false',
  'fetch.writeCommitGraph': 'false',
  // Nobody has allowed the target of a redirect.
  'http.followRedirects': 'false',
  'http.lowSpeedLimit': '1000',
  'http.lowSpeedTime': '60',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'transfer.unpackLimit': '1',
  // Larger blobs are streamed to disk instead of being held in memory.
  'core.bigFileThreshold': '8m',
  'core.deltaBaseCacheLimit': '32m',
}

// Excludes the configuration of the user, the machine and this process, and all prompts.
const ENVIRONMENT = {
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_LFS_SKIP_SMUDGE: '1',
  GIT_ALLOW_PROTOCOL: 'none',
}

const STDERR_KEPT = 8 * KIB

/** Returns a function that runs git from the folders in `path`. */
export function makeGit(path: string | undefined): Git {
  return async (call, signal) => {
    signal.throwIfAborted()
    const child = spawn('git', call.args, { env: environmentFor(call, path), detached: true })
    const kill = () => killGroup(child)
    signal.addEventListener('abort', kill, { once: true })
    try {
      return await outcome(child, call)
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', kill)
    }
  }
}

function environmentFor({ environment, config }: GitCall, path: string | undefined): Record<string, string> {
  const settings = Object.entries({ ...CONFIG, ...config })
  return {
    ...ENVIRONMENT,
    ...(path === undefined ? {} : { PATH: path }),
    ...environment,
    // Not as arguments, which every user of the machine can read.
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  }
}

function outcome(child: ChildProcessWithoutNullStreams, call: GitCall): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  let said = ''
  child.stdout.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes <= call.maxOutputBytes) pieces.push(piece)
    else killGroup(child)
  })
  child.stderr.on('data', (piece: Buffer) => {
    said = (said + piece.toString()).slice(-STDERR_KEPT)
  })
  // It may end without reading all of its input.
  child.stdin.on('error', () => {})
  child.stdin.end(call.input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.once('close', (code) => {
      if (bytes > call.maxOutputBytes) reject(new OutputTooLarge(call))
      else if (code !== 0) reject(new GitFailed(call, code, said.trim()))
      else resolve(Buffer.concat(pieces))
    })
  })
}

/** git's child processes are in its process group. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
