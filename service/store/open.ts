import { existsSync } from 'node:fs'
import type { DatabaseSettings } from '../database-settings.ts'
import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Database, DatabaseUse } from './database.ts'
import { openPostgres } from './postgres.ts'

/** @throws Fault `database_not_usable`; that a Postgres cannot be reached only shows at the first query */
export async function openDatabase(settings: DatabaseSettings, log: Log, use?: DatabaseUse): Promise<Database> {
  if (settings.kind === 'postgres') return openPostgres(settings, log, use)
  const { openEmbedded } = await loadEmbedded()
  return openEmbedded(settings.folder, log)
}

/** The same database in the role that owns the schema, for changing that. */
export async function openDatabaseAsOwner(settings: DatabaseSettings, log: Log): Promise<Database> {
  if (settings.kind === 'embedded') return openDatabase(settings, log)
  return openDatabase(
    { ...settings, connectionString: settings.migrationConnectionString ?? settings.connectionString },
    log,
    'schema',
  )
}

/** Whether an embedded database was ever made in the folder. @throws Fault where this installation could not make one */
export async function isEmbeddedThere(folder: string): Promise<boolean> {
  const { dataIn } = await loadEmbedded()
  return existsSync(dataIn(folder))
}

// The image is built without the embedded database, and nobody else waits for it to load.
async function loadEmbedded() {
  try {
    import.meta.resolve('@electric-sql/pglite')
    return await import('./embedded.ts')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Fault(
      'database_not_usable',
      'The embedded database is not part of this installation',
      'Set DATABASE_URL to a Postgres with pgvector, or run from a checkout with `npm ci && npm start`',
      { cause: error },
    )
  }
}
