import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, beforeEach, inject } from 'vitest'
import { makeLog } from '../../service/log.ts'
import type { Database } from '../../service/store/database.ts'
import { dataIn, IN_MEMORY, openEmbedded } from '../../service/store/embedded.ts'
import { migrate } from '../../service/store/migrate.ts'

export const silent = makeLog({ level: 'error', file: '/dev/null' })

/**
 * Fills `folder` with a data folder as the service leaves it after its first start. Copies one, because creating a
 * database takes four seconds of processor time and opening one takes less than a second.
 */
export async function makeDataFolder(folder: string): Promise<void> {
  cpSync(await readyFolder(), folder, { recursive: true })
  rmSync(join(folder, DUMP))
}

const DUMP = 'dump.tar'

/**
 * Returns a data folder with a migrated database and a dump of it. The first caller creates it for all files of the
 * run.
 */
async function readyFolder(): Promise<string> {
  const ready = inject('readyDatabase')
  if (existsSync(ready)) return ready
  const own = mkdtempSync(`${ready}-`)
  const database = await openEmbedded(own, silent)
  await migrate(database, silent)
  await database.close()
  const pglite = await PGlite.create({ dataDir: dataIn(own) })
  writeFileSync(join(own, DUMP), await (await pglite.dumpDataDir('none')).bytes())
  await pglite.close()
  try {
    renameSync(own, ready)
  } catch (error) {
    // The tests of another file have created one at the same time.
    if (!existsSync(ready)) throw error
    rmSync(own, { recursive: true })
  }
  return ready
}

/** Opens a migrated database without repositories. It disappears when it is closed. */
export async function emptyDatabase(): Promise<Database> {
  return openEmbedded(IN_MEMORY, silent, join(await readyFolder(), DUMP))
}

/** Opens one migrated database for the tests of a file and empties it before each test. */
export function useEmbeddedDatabase(): () => Database {
  let database: Database | undefined
  beforeAll(async () => {
    database = await emptyDatabase()
  })
  beforeEach(() => database?.query('truncate repository, content, chunk, model restart identity cascade'))
  afterAll(() => database?.close())
  return () => {
    if (database === undefined) throw new Error('The database is only available inside tests')
    return database
  }
}
