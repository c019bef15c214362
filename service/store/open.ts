import { existsSync } from 'node:fs'
import type { DatabaseSettings } from '../database-settings.ts'
import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Database, DatabaseUse } from './database.ts'
import { openPostgres } from './postgres.ts'

/** Opens the database. An unreachable Postgres fails only at the first query. @throws Fault `database_not_usable` */
export async function openDatabase(settings: DatabaseSettings, log: Log, use?: DatabaseUse): Promise<Database> {
  if (settings.kind === 'postgres') return openPostgres(settings, log, use)
  const { openEmbedded } = await loadEmbedded()
  return openEmbedded(settings.folder, log)
}

/** Opens the same database as the role that owns the schema. */
export async function openDatabaseAsOwner(settings: DatabaseSettings, log: Log): Promise<Database> {
  if (settings.kind === 'embedded') return openDatabase(settings, log)
  return openDatabase(
    { ...settings, connectionString: settings.migrationConnectionString ?? settings.connectionString },
    log,
    'schema',
  )
}

/** Whether the folder has an embedded database. @throws Fault if this installation cannot run one */
export async function isEmbeddedThere(folder: string): Promise<boolean> {
  const { dataIn } = await loadEmbedded()
  return existsSync(dataIn(folder))
}

// Loaded on demand: the image has no embedded database, and other callers need not wait for it.
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
