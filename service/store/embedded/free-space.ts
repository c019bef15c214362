import { statfsSync } from 'node:fs'
import { MIB } from '../../units.ts'

/** Two files of the write-ahead log: a Postgres that cannot make the next one stops in the middle of what it does. */
const NEEDED_BYTES = 32 * MIB

/** @throws an error as of SQL, where the disk that holds the folder has too little room for another change */
export function refuseFull(folder: string): void {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free >= NEEDED_BYTES) return
  const message = `${Math.floor(free / MIB)} MiB are free in ${JSON.stringify(folder)}, and ${NEEDED_BYTES / MIB} MiB are needed`
  throw Object.assign(new Error(message), { severity: 'ERROR', code: '53100' })
}

/** Whether there is too little room on the disk that holds the folder. */
export function isFull(folder: string): boolean {
  try {
    refuseFull(folder)
    return false
  } catch (error) {
    return 'severity' in (error as Error)
  }
}
