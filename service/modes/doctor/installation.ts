import type { Config } from '../../config.ts'
import { Fault } from '../../errors.ts'
import type { Service } from '../../open.ts'
import { findServer, type ServerAddress } from '../announced-server.ts'
import { type Backend, serverBackend, serviceBackend } from '../backend.ts'
import type { Closers } from '../closers.ts'
import { addressOf } from '../healthcheck.ts'
import type { Setup } from '../setup.ts'
import { accessDatabase, type DatabaseAccess } from './database-access.ts'
import { identify, type Listener } from './probe.ts'
import { DATABASE_VARIABLES } from './settings.ts'

/** Facts that several checks use, each found once. */
export interface Installation {
  readonly setup: Setup
  /** Invalid variables. */
  readonly faulty: ReadonlySet<string>
  readonly access: Promise<DatabaseAccess | FailedAccess>
  readonly server: Promise<ServerSeen | undefined>
  /** The service on the database, if the database can be opened and has the current schema. */
  readonly service: Promise<Service | undefined>
  /** The server that has the database, or this process. Undefined if neither can answer. */
  readonly backend: Promise<Backend | undefined>
}

interface FailedAccess {
  readonly kind: 'failed'
  readonly error: unknown
}

export function findInstallation(setup: Setup, closers: Closers): Installation {
  const { config, log, settingFaults } = setup
  const faulty = new Set(settingFaults.flatMap(({ variables }) => variables))
  const named = !DATABASE_VARIABLES.some((variable) => faulty.has(variable))
  const failed = (error: unknown): FailedAccess => ({ kind: 'failed', error })
  const access = named
    ? accessDatabase(config, log, closers).catch(failed)
    : Promise.resolve(failed(new Fault('configuration_invalid', 'The settings name no database', 'See settings')))
  const service = access.then((found) => serviceOn(setup, found, closers))
  const backend = access.then(async (found) => {
    if (found.kind === 'server') return serverBackend(found.server)
    const own = await service
    return own && serviceBackend(own, log)
  })
  return { setup, faulty, access, service, backend, server: lookForServer(config, !faulty.has('PORT')) }
}

async function serviceOn(
  { config, log }: Setup,
  access: DatabaseAccess | FailedAccess,
  closers: Closers,
): Promise<Service | undefined> {
  if (access.kind !== 'open' || access.schema.pending.length > 0 || access.schema.tooNew !== undefined) return undefined
  const { makeService } = await import('../../open.ts')
  return makeService(access.database, config, log, closers)
}

/** The server for these settings, whether or not it runs. */
export interface ServerSeen {
  readonly address: ServerAddress
  readonly listener: Listener
  /** Source of the address. */
  readonly from: 'SERVER_URL' | 'data folder' | 'PORT'
}

/** Returns undefined if the settings give no address, because PORT is invalid or 0. */
async function lookForServer(config: Config, hasPort: boolean): Promise<ServerSeen | undefined> {
  const known = await findServer(config)
  if (known !== undefined) {
    const from = config.serverUrl === undefined ? 'data folder' : 'SERVER_URL'
    return { address: known, listener: await identify(known.url), from }
  }
  if (!hasPort || config.http.port === 0) return undefined
  const token = config.serverToken ?? config.http.tokens[0]?.token
  const address = { url: addressOf(config.http), ...(token === undefined ? {} : { token }) }
  return { address, listener: await identify(address.url), from: 'PORT' }
}
