import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Fault, limitReached } from '../errors.ts'
import type { Log } from '../log.ts'
import { makeFolder } from '../make-folder.ts'
import type { Database } from './database.ts'
import { isFull } from './embedded/free-space.ts'
import { LastingThread } from './embedded/lasting-thread.ts'
import { copyTemplate } from './embedded/template.ts'
import { Thread } from './embedded/thread.ts'
import { threadedDatabase } from './embedded/threaded-database.ts'
import { lockFolder } from './folder-lock.ts'
import { stateFault } from './state-faults.ts'

// The program runs from its sources, or from a bundle with this file's bundle beside it.
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const CREATE = fileURLToPath(new URL(`./create-embedded.${EXTENSION}`, import.meta.url))

/** A database in memory, which is lost when it is closed. */
export const IN_MEMORY = 'memory://'

/**
 * Opens the embedded Postgres with its data in `folder`. In memory, it starts from `dump`, a file written by PGlite, or
 * empty.
 * @throws Fault `database_not_usable`, for example if another process has the folder open
 */
export async function openEmbedded(folder: string, log: Log, dump?: string): Promise<Database> {
  if (folder === IN_MEMORY) {
    const thread = await openThread(folder, log, dump)
    return threadedDatabase(
      () => thread,
      () => thread.close(),
      { share: () => thread.share() },
    )
  }
  await makeDataFolder(folder)
  const unlock = await lockFolder(folder).catch((error: unknown) => {
    throw error instanceof Fault ? error : notWritable(folder, error)
  })
  try {
    const data = dataIn(folder)
    if (!existsSync(data)) await createData(data)
    const open = () => openThread(data, log)
    const thread = new LastingThread(data, await open(), open, log)
    log.debug({ folder }, 'Opened the embedded database')
    return databaseOf(thread, unlock)
  } catch (error) {
    await unlock()
    const full = { code: '53100', message: (error as Error).message }
    const fault = isFull(folder) && stateFault(full, `The embedded database in ${JSON.stringify(folder)}`)
    if (fault) throw fault
    const { message } = error as Error
    throw new Fault(
      'database_not_usable',
      `The embedded database in ${JSON.stringify(folder)} cannot be opened (${message})`,
      limitReached(new Error(message))?.remedy ??
        'If its data is damaged, delete this folder to index from scratch, or set DATA_FOLDER to another one',
      { cause: error },
    )
  }
}

export const dataIn = (folder: string) => join(folder, 'postgres')

async function makeDataFolder(folder: string): Promise<void> {
  try {
    makeFolder(resolve(folder))
    // If the folder is inside a repository, its files must be neither committed nor indexed.
    await writeFile(join(folder, '.gitignore'), '*\n')
  } catch (error) {
    throw notWritable(folder, error)
  }
}

function notWritable(folder: string, error: unknown): Fault {
  return new Fault(
    'database_not_usable',
    `The data folder ${JSON.stringify(folder)} cannot be written (${(error as NodeJS.ErrnoException).code})`,
    'Set DATA_FOLDER to a folder that this user may write',
    { cause: error },
  )
}

/**
 * Copies the template. Without one, creates the data in another process, because that takes over 1 GB of memory for a
 * moment, most of which this process would keep.
 */
async function createData(data: string): Promise<void> {
  const unfinished = `${data}.new`
  await rm(unfinished, { recursive: true, force: true })
  if (!(await copyTemplate(unfinished))) await createElsewhere(unfinished)
  await rename(unfinished, data)
}

async function createElsewhere(unfinished: string): Promise<void> {
  const created = promisify(execFile)(process.execPath, [CREATE, unfinished])
  // Otherwise it would write into the folder while the next process creates its own there.
  const end = () => created.child.kill('SIGKILL')
  process.once('exit', end)
  try {
    await created
  } finally {
    process.off('exit', end)
  }
}

function databaseOf(thread: LastingThread, afterwards: () => Promise<void>): Database {
  const close = async () => {
    try {
      await thread.close()
    } finally {
      await afterwards()
    }
  }
  return threadedDatabase(() => thread.current(), close, { share: () => thread.share() })
}

/** Opens the database in its own thread: queries compute, and would delay all clients in the server's thread. */
async function openThread(dataDir: string, log: Log, dump?: string): Promise<Thread> {
  const thread = new Thread(log)
  try {
    await thread.ask({ open: dataDir, ...(dump === undefined ? {} : { dump }) })
    return thread
  } catch (error) {
    await thread.close()
    throw error
  }
}
