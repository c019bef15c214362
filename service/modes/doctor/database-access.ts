import type { Config } from '../../config.ts'
import { Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Closing } from '../../open.ts'
import type { Database } from '../../store/database.ts'
import { type EngineFacts, engineFacts } from '../../store/diagnosis.ts'
import { holderOf } from '../../store/folder-lock.ts'
import { type MigrationStatus, migrationStatus } from '../../store/migrate.ts'
import { isEmbeddedThere, openDatabase } from '../../store/open.ts'
import { addressOf } from '../../store/postgres-faults.ts'
import { SECOND } from '../../units.ts'
import { findServer, type ServerAddress } from '../announced-server.ts'
import { identify } from './probe.ts'
import { isClientOnly } from './settings.ts'

/** Longer than the limit for connecting, whose fault says more. */
const PATIENCE_MS = 8 * SECOND

/** How the database can be examined from this process. */
export type DatabaseAccess =
  | OpenAccess
  /** A server has it open and answers for it. */
  | { readonly kind: 'server'; readonly server: ServerAddress }
  /** A process that cannot be called has the embedded database open. */
  | { readonly kind: 'held'; readonly folder: string; readonly pid: number }
  /** The data folder has no index yet. */
  | { readonly kind: 'absent'; readonly folder: string }

export interface OpenAccess {
  readonly kind: 'open'
  readonly database: Database
  readonly facts: EngineFacts
  readonly schema: MigrationStatus
}

/**
 * Opens the database without creating or changing anything.
 * @throws Fault if there is no way to it, or if it does not answer
 */
export async function accessDatabase(config: Config, log: Log, closing: Closing): Promise<DatabaseAccess> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent(config)), PATIENCE_MS)
  })
  return Promise.race([findAccess(config, log, closing), late]).finally(() => clearTimeout(timer))
}

async function findAccess(config: Config, log: Log, closing: Closing): Promise<DatabaseAccess> {
  if (config.database.kind === 'postgres') return openAccess(config, log, closing)
  const { folder } = config.database
  const server = await findServer(config)
  if (server !== undefined && (isClientOnly(config) || (await identify(server.url)) === 'server')) {
    return { kind: 'server', server }
  }
  const pid = await holderOf(folder)
  if (pid !== undefined) return { kind: 'held', folder, pid }
  return (await isEmbeddedThere(folder)) ? openAccess(config, log, closing) : { kind: 'absent', folder }
}

async function openAccess({ database: settings }: Config, log: Log, closing: Closing): Promise<OpenAccess> {
  const database = await openDatabase(settings, log)
  closing.push('database', () => database.close())
  return { kind: 'open', database, facts: await engineFacts(database), schema: await migrationStatus(database) }
}

function silent({ database }: Config): Fault {
  const what =
    database.kind === 'postgres'
      ? `Postgres at ${addressOf(database.connectionString)}`
      : `The embedded database in ${JSON.stringify(database.folder)}`
  return new Fault(
    'database_unavailable',
    `${what} did not answer within ${PATIENCE_MS / SECOND} s`,
    'Check its log: it may be starting, out of memory or out of disk',
  )
}
