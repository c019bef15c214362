import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Refused } from '../faults.ts'
import { DATABASE, ROLES } from '../postgres/connection.ts'
import { shownBytes } from '../quantities.ts'
import { type Archive, readArchive } from './archive.ts'
import { partialPath } from './backup-file.ts'
import { counted, readCounted } from './pour.ts'
import { MAINTENANCE, makeDatabase, type RunBeside } from './statements.ts'

export interface DumpTools {
  readonly run: RunBeside
  readonly signal: AbortSignal
  readonly progress: (line: string) => void
}

/**
 * Dumps the current database into a file. The file appears only after it is complete and has been read back.
 * @throws Refused
 */
export async function dump(path: string, tools: DumpTools): Promise<{ readonly bytes: number }> {
  const partial = partialPath(path)
  try {
    const bytes = await write(partial, tools)
    await check(partial, bytes, tools)
    await rename(partial, path)
    return { bytes }
  } catch (error) {
    throw diskFault(error, path) ?? error
  } finally {
    await rm(partial, { force: true })
  }
}

async function write(path: string, tools: DumpTools): Promise<number> {
  const { run, signal, progress } = tools
  const command = [
    'pg_dump',
    '--format=custom',
    ...(await compression(tools)),
    `--username=${ROLES.superuser}`,
    DATABASE,
  ]
  let size = 0
  const counting = counted((bytes) => {
    size = bytes
    progress(`${shownBytes(bytes)} written`)
  })
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true })
  const stored = pipeline(counting, file)
  const written = run(command, { output: counting, signal }).catch((error: Error) => {
    counting.destroy(error)
    throw error
  })
  // If the disk is full, both fail, and the error of the file is the one to report.
  const [dumped, saved] = await Promise.allSettled([written, stored])
  signal.throwIfAborted()
  if (saved.status === 'rejected') throw saved.reason
  if (dumped.status === 'rejected') throw dumped.reason
  const { exitCode, errors } = dumped.value
  if (exitCode !== 0) throw new Refused(`The database was not dumped: ${errors.trim()}`)
  return size
}

const ZSTD_SINCE = 160_000

/** Faster (three times) and smaller than pg_dump's default. Requires Postgres 16. */
async function compression({ run }: DumpTools): Promise<string[]> {
  const [version] = await makeDatabase(run).script(MAINTENANCE, 'show server_version_num;')
  return Number(version) >= ZSTD_SINCE ? ['--compress=zstd:1'] : []
}

/** Reads the whole file as a restore would. */
async function check(path: string, bytes: number, tools: DumpTools): Promise<void> {
  const { run, signal, progress } = tools
  const input = readCounted(path, (read) => progress(`${Math.floor((read / bytes) * 100)} % checked`))
  const command = ['pg_restore', '--file=/dev/null']
  const { exitCode, errors } = await run(command, { input, signal })
  if (exitCode !== 0) throw new Refused(`The backup was written but cannot be read back: ${errors.trim()}`)
}

/** Returns the contents of a backup. @throws Refused if it cannot be read */
export async function archiveIn(path: string, { run }: Pick<DumpTools, 'run'>): Promise<Archive> {
  const input = readCounted(path, () => {})
  const { exitCode, output, errors } = await run(['pg_restore', '--list'], { input })
  if (exitCode !== 0) throw new Refused(`${path} cannot be read: ${errors.trim()}`)
  return readArchive(output)
}

function diskFault(error: unknown, path: string): Refused | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (syscall === undefined) return undefined
  return new Refused(
    code === 'ENOSPC'
      ? `The disk of ${path} is full: free some space, or choose a file on another disk`
      : `${path} cannot be written (${code}): choose a path that this user can write to`,
  )
}
