import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Fault } from '../errors.ts'

const CANNOT_READ = ['ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG']

const heldHere = new Set<string>()
/** The locks that this process has made. */
const locks = new Set<string>()
// A process that is stopped while it opens the database does not wait for that.
process.once('exit', () => {
  for (const file of locks) rmSync(file, { force: true })
})

/**
 * Locks the folder against other processes until the returned function is called. Takes over the lock of a dead
 * process.
 * @throws Fault `database_not_usable` if a living process holds the lock
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = resolve(join(folder, 'lock'))
  if (heldHere.has(file)) throw inUse(folder, process.pid)
  heldHere.add(file)
  try {
    await claim(folder, file)
  } catch (error) {
    heldHere.delete(file)
    throw error
  }
  locks.add(file)
  return async () => {
    await rm(file, { force: true })
    locks.delete(file)
    heldHere.delete(file)
  }
}

/**
 * Returns the id of the living process that holds the folder, if any. A path that is not a readable folder has none.
 */
export async function holderOf(folder: string): Promise<number | undefined> {
  const owner = await ownerOf(join(folder, 'lock')).catch((error) => {
    if (CANNOT_READ.includes(String(error.code))) return undefined
    throw error
  })
  return owner !== undefined && isAlive(owner) ? owner : undefined
}

async function claim(folder: string, file: string): Promise<void> {
  while (!(await create(file))) {
    const owner = await ownerOf(file)
    if (owner === undefined) continue
    if (isAlive(owner)) throw inUse(folder, owner)
    await removeStale(file)
  }
}

/** Removes the lock of a dead process. Only one process at a time checks again, so that none removes a new lock. */
async function removeStale(file: string): Promise<void> {
  const turn = `${file}.turn`
  if (await create(turn)) {
    const owner = await ownerOf(file)
    if (owner !== undefined && !isAlive(owner)) await rm(file)
    await rm(turn)
  } else {
    const owner = await ownerOf(turn)
    if (owner !== undefined && !isAlive(owner)) await rm(turn, { force: true })
  }
}

/** Returns the process id in a lock: 0 if it contains none, undefined if there is no lock. */
async function ownerOf(file: string): Promise<number | undefined> {
  try {
    return Number(await readFile(file, 'utf8')) || 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Creates a lock with its process id in one step, so that nobody reads an empty one. Returns false if there is a lock.
 */
async function create(file: string): Promise<boolean> {
  const unfinished = `${file}.${randomUUID()}`
  await writeFile(unfinished, String(process.pid))
  try {
    await link(unfinished, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(unfinished)
  }
}

// A lock with this process's id that this process does not hold is from an earlier one: in a container, each has the id
// 1.
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Says that a living process holds the folder. */
export function inUse(folder: string, pid: number): Fault {
  const file = resolve(join(folder, 'lock'))
  return new Fault(
    'database_not_usable',
    `The data folder ${JSON.stringify(folder)} is in use by process ${pid}`,
    `End that process, or continue it with fg if Ctrl-Z stopped it, or set DATA_FOLDER to another folder; if it is not this service, delete ${JSON.stringify(file)}`,
  )
}
