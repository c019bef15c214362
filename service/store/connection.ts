import type { MessagePort } from 'node:worker_threads'
import type { DatabaseSettings } from '../database-settings.ts'
import type { Log } from '../log.ts'
import type { Database } from './database.ts'
import { openDatabase } from './open.ts'

/** How another thread of this process gets at the database: by a connection of its own, or a port to the embedded one. */
export type Connection = { readonly settings: DatabaseSettings } | { readonly port: MessagePort }

/** What is handed over to the other thread, and what changes hands with it. */
export function connectionTo(
  database: Database,
  settings: DatabaseSettings,
): { readonly connection: Connection; readonly transfer: MessagePort[] } {
  const port = database.share?.()
  return port === undefined ? { connection: { settings }, transfer: [] } : { connection: { port }, transfer: [port] }
}

/** In the other thread. */
export async function openConnection(connection: Connection, log: Log): Promise<Database> {
  if ('settings' in connection) return openDatabase(connection.settings, log, 'jobs')
  const { openShared } = await import('./embedded/threaded-database.ts')
  return openShared(connection.port, log)
}
