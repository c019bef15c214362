import type { MessagePort } from 'node:worker_threads'
import type { DatabaseSettings } from '../database-settings.ts'
import type { Log } from '../log.ts'
import type { Database } from './database.ts'
import { openDatabase } from './open.ts'

/**
 * How another thread of this process reaches the database: over its own connections, or through a port to the embedded
 * database.
 */
export type Connection = { readonly settings: DatabaseSettings } | { readonly port: MessagePort }

/** Returns the connection for another thread, with the objects to transfer. */
export function connectionTo(
  database: Database,
  settings: DatabaseSettings,
): { readonly connection: Connection; readonly transfer: MessagePort[] } {
  const port = database.share?.()
  return port === undefined ? { connection: { settings }, transfer: [] } : { connection: { port }, transfer: [port] }
}

/** Opens the connection in the other thread. */
export async function openConnection(connection: Connection, log: Log): Promise<Database> {
  if ('settings' in connection) return openDatabase(connection.settings, log, 'jobs')
  const { openShared } = await import('./embedded/threaded-database.ts')
  return openShared(connection.port, log)
}
