import type { Config } from '../../config.ts'
import { findServer, type ServerAddress } from '../announced-server.ts'
import { addressOf } from '../healthcheck.ts'
import { identify, type Listener } from './probe.ts'

/** The server that answers for these settings, or would. */
export interface ServerSeen {
  readonly address: ServerAddress
  readonly listener: Listener
  /** How the address was found. */
  readonly from: 'SERVER_URL' | 'data folder' | 'PORT'
}

/** Undefined where the settings name no address, because PORT cannot be used or is 0. */
export async function lookForServer(config: Config, hasPort: boolean): Promise<ServerSeen | undefined> {
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
