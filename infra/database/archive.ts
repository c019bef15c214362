/** Summary of a backup, from `pg_restore --list`. */
export interface Archive {
  /** Creation time, as pg_dump writes it. */
  readonly made: string
  /** Version of the Postgres that was dumped, such as 17.2. */
  readonly postgres: string
  /** Tables whose rows the backup contains. */
  readonly tables: readonly string[]
}

/** Tables that every backup of the index must contain. */
const TABLES = ['migration', 'repository', 'file', 'content', 'chunk', 'segment', 'posting_block', 'embedding']

export function readArchive(list: string): Archive {
  const field = (name: string) => new RegExp(`^;\\s+${name}: (.*)$`, 'm').exec(list)?.[1] ?? 'unknown'
  return {
    made: /^; Archive created at (.*)$/m.exec(list)?.[1] ?? 'unknown',
    postgres: field('Dumped from database version').replace(/ .*/, ''),
    tables: [...list.matchAll(/^\d+; \d+ \d+ TABLE DATA public (\S+) /gm)].map(([, table = '']) => table),
  }
}

/** Returns the tables of the index that a backup lacks. */
export const lackingTables = ({ tables }: Archive) => TABLES.filter((table) => !tables.includes(table))
