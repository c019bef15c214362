import { accessSync, constants, statfsSync } from 'node:fs'
import { MIB } from '../../units.ts'

/** Two segments of the write-ahead log: a Postgres that cannot create the next one stops in the middle of its work. */
const NEEDED_BYTES = 32 * MIB
const DISK_FULL = '53100'
const IO_ERROR = '58030'

/**
 * @throws an SQL-like error if the folder does not exist, is not writable, or has too little free space for a change
 */
export function refuseUnwritable(folder: string): void {
  const free = freeBytes(folder)
  if (free >= NEEDED_BYTES) return
  throw asOfSql(
    DISK_FULL,
    `${Math.floor(free / MIB)} MiB are free in ${JSON.stringify(folder)}, and ${NEEDED_BYTES / MIB} MiB are needed`,
  )
}

/** Whether the disk of the folder has too little free space. */
export function isFull(folder: string): boolean {
  try {
    return freeBytes(folder) < NEEDED_BYTES
  } catch {
    return false
  }
}

function freeBytes(folder: string): number {
  try {
    accessSync(folder, constants.W_OK)
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch (error) {
    throw asOfSql(IO_ERROR, `${JSON.stringify(folder)} cannot be written: ${(error as NodeJS.ErrnoException).code}`)
  }
}

function asOfSql(code: string, message: string): Error {
  return Object.assign(new Error(message), { severity: 'ERROR', code })
}
