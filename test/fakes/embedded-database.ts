import { afterAll, beforeAll, beforeEach } from 'vitest'
import { makeLog } from '../../service/log.ts'
import type { Database } from '../../service/store/database.ts'
import { IN_MEMORY, openEmbedded } from '../../service/store/embedded.ts'
import { migrate } from '../../service/store/migrate.ts'

export const silent = makeLog({ level: 'error', file: '/dev/null' })

/** One migrated database for the tests of a file, emptied before each. */
export function useEmbeddedDatabase(): () => Database {
  let database: Database | undefined
  beforeAll(async () => {
    database = await openEmbedded(IN_MEMORY, silent)
    await migrate(database, silent)
  })
  beforeEach(() => database?.query('truncate repository, content, chunk, model restart identity cascade'))
  afterAll(() => database?.close())
  return () => {
    if (database === undefined) throw new Error('The database is opened before the first test only')
    return database
  }
}
