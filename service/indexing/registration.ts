import { basename, dirname } from 'node:path'
import type { Sql } from '../store/database.ts'
import { insertRepository, repositoryOf } from '../store/repositories.ts'

/** The number of the folder's repository, which is registered if it is new. */
export async function registeredRepository(sql: Sql, folder: string): Promise<number> {
  for (const name of namesFor(folder)) {
    const id = (await repositoryOf(sql, folder)) ?? (await insertRepository(sql, name, folder))
    if (id !== undefined) return id
  }
  throw new Error('Names do not end')
}

/** Names for a folder, best first, without end: its own, with its parent's, with a number. */
export function* namesFor(folder: string): Generator<string> {
  const own = basename(folder) || 'root'
  yield own
  const parent = basename(dirname(folder))
  const longer = parent === '' ? own : `${parent}-${own}`
  if (longer !== own) yield longer
  for (let number = 2; ; number++) yield `${longer}-${number}`
}
