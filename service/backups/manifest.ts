import { z } from 'zod'
import { Fault } from '../errors.ts'

const schema = z.object({
  name: z.string(),
  createdAt: z.iso.datetime(),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Rows of each table in the snapshot that was dumped. */
  rows: z.record(z.string(), z.int().nonnegative()),
})

/** Description of a backup, stored beside the dump. */
export type Manifest = Readonly<z.output<typeof schema>>

/** @throws Fault `backup_damaged` */
export function parseManifest(text: string, name: string): Manifest {
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new Fault(
      'backup_damaged',
      `${name}.json does not describe a backup`,
      'Use another backup; this one was changed after it was made',
      { cause: error },
    )
  }
}

/** Parses psql's output of row counts: one table per line, separated by a tab. */
export function parseRows(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '')
  return Object.fromEntries(lines.map((line) => line.split('\t')).map(([table = '', count]) => [table, Number(count)]))
}
