import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../make-folder.ts'

/**
 * A folder in which the steps of a run tell each other what they did, a file each with one value: `pg_dump` and
 * `pg_restore` are run by scripts in another image.
 */
export interface Exchange {
  /** What a step has told, without white space around it; undefined where it told nothing. */
  read(file: ExchangeFile): Promise<string | undefined>
  write(file: ExchangeFile, text: string): Promise<void>
}

/**
 * `name` of the backup, `path` of the file of its dump, `started`: when, in seconds since 1970, `rows` of each table
 * in the dump, `manifest` of the backup, `fault`: why a step failed.
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

/** When the run began; now, where no step has told. */
export async function startOf(exchange: Exchange, now: Date): Promise<Date> {
  const told = Number(await exchange.read('started'))
  return Number.isFinite(told) && told > 0 ? new Date(told * 1000) : now
}
