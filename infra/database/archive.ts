/** What `pg_restore --list` tells of a backup. */
export interface Archive {
  /** When it was made, as pg_dump writes it. */
  readonly made: string
  /** Of the Postgres that it was made from, as people write it. */
  readonly postgres: string
  /** The tables that it holds rows of. */
  readonly tables: readonly string[]
}

/** The tables without which it is no index. */
const TABLES = ['migration', 'repository', 'file', 'content', 'chunk', 'segment', 'posting_block', 'embedding']

export function readArchive(list: string): Archive {
  const field = (name: string) => new RegExp(`^;\\s+${name}: (.*)$`, 'm').exec(list)?.[1] ?? 'unknown'
  return {
    made: /^; Archive created at (.*)$/m.exec(list)?.[1] ?? 'unknown',
    postgres: field('Dumped from database version').replace(/ .*/, ''),
    tables: [...list.matchAll(/^\d+; \d+ \d+ TABLE DATA public (\S+) /gm)].map(([, table = '']) => table),
  }
}

/** Those of the index's tables that a backup lacks. */
export const lackingTables = ({ tables }: Archive) => TABLES.filter((table) => !tables.includes(table))
