import { z } from 'zod'
import { Fault } from '../errors.ts'

const schema = z.object({
  name: z.string(),
  createdAt: z.iso.datetime(),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of each table, in the moment that the dump shows. */
  rows: z.record(z.string(), z.int().nonnegative()),
})

/** What is known of a backup when it is made; it is kept beside the dump. */
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

/** The rows of each table, as psql tells them: a line each, with a tab between. */
export function parseRows(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '')
  return Object.fromEntries(lines.map((line) => line.split('\t')).map(([table = '', count]) => [table, Number(count)]))
}
