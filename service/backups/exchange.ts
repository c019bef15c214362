import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../make-folder.ts'

/**
 * A folder through which the steps of a run pass results, one file per value. Scripts in another image run `pg_dump`
 * and `pg_restore`.
 */
export interface Exchange {
  /** Returns what a step wrote, without surrounding white space, or undefined if it wrote nothing. */
  read(file: ExchangeFile): Promise<string | undefined>
  write(file: ExchangeFile, text: string): Promise<void>
}

/**
 * `name` of the backup, `path` of its dump, `started`: start of the run in seconds since 1970, `rows` of each table in
 * the dump, `manifest` of the backup, `fault`: why a step failed.
 */
type ExchangeFile = 'name' | 'path' | 'started' | 'rows' | 'manifest' | 'fault'

export function openExchange(folder: string): Exchange {
  return {
    async read(file) {
      try {
        return (await readFile(join(folder, file), 'utf8')).trim()
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    async write(file, text) {
      makeFolder(folder)
      await writeFile(join(folder, file), text)
    },
  }
}

/** Returns when the run began, or `now` if no step wrote it. */
export async function startOf(exchange: Exchange, now: Date): Promise<Date> {
  const told = Number(await exchange.read('started'))
  return Number.isFinite(told) && told > 0 ? new Date(told * 1000) : now
}
