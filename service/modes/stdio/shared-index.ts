import { setTimeout as delay } from 'node:timers/promises'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { parseTokens } from '../../access/tokens.ts'
import type { Config } from '../../config.ts'
import { asFault, Fault } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { Service } from '../../open.ts'
import { TEXT_ALONE } from '../../tools/clients.ts'
import type { Called, Calling } from '../../tools/mcp-server.ts'
import { announceServer, findServer, type ServerAddress } from '../announced-server.ts'
import type { Closers } from '../closers.ts'
import { queueSources, requestFor } from '../queue-sources.ts'
import { asOwner, authorization, faultIn, type Problem } from '../remote.ts'

/** Where the index is: open in this process, or in another one that has the data folder. */
type Place = { readonly service: Service } | { readonly server: ServerAddress }

interface Parts {
  readonly config: Config
  readonly log: Log
  readonly closers: Closers
}

const LOOK_EVERY_MS = 100

/**
 * The index of a data folder, which only one process at a time has open. The first session opens it and answers the
 * others. When it ends, another one takes over.
 */
export class SharedIndex {
  readonly #parts: Parts
  #place: Promise<Place>

  constructor(parts: Parts) {
    this.#parts = parts
    this.#place = this.#settle()
    this.#place.catch((error) => parts.log.error({ error }, 'the index cannot be opened'))
  }

  /** Settles once it is known where the index is. */
  get opening(): Promise<unknown> {
    return this.#place
  }

  /** @throws Fault if another process has the index */
  async service(): Promise<Service> {
    const place = await this.#place
    if ('service' in place) return place.service
    throw new Fault('draining', 'The index is open in another process', 'Ask again')
  }

  /** Returns the answer of the process that has the index, or undefined if that is this one. */
  async answerElsewhere(call: Called, calling: Calling): Promise<CallToolResult | undefined> {
    for (;;) {
      const asked = this.#place
      const place = await asked
      if ('service' in place) return undefined
      try {
        return await ask(place.server, call, calling)
      } catch (error) {
        if (calling.signal.aborted || !isGone(error)) throw error
        this.#parts.log.info({ url: place.server.url }, 'the session that has the index open has ended')
        // Several calls may find that out at once.
        if (this.#place === asked) this.#place = this.#settle(place.server.url)
      }
    }
  }

  /** Finds the process that has the data folder open, or opens it. The server at `gone` no longer answers. */
  async #settle(gone?: string): Promise<Place> {
    const { config, log } = this.#parts
    for (;;) {
      const server = await findServer(config)
      if (server !== undefined && server.url !== gone) {
        void requestFolders(server, config, log)
        return { server }
      }
      try {
        return { service: await this.#open() }
      } catch (error) {
        if (!(await isHeld(config, error))) throw error
        await delay(LOOK_EVERY_MS)
      }
    }
  }

  async #open(): Promise<Service> {
    const { config, log, closers } = this.#parts
    const { openService } = await import('../../open.ts')
    const service = await openService(config, log, closers)
    service.startWorker(() => {})
    await queueSources(requestFor(service.catalogue, config.database), config.repositories, log)
    if (config.database.kind === 'embedded') {
      await this.#answerOthers(service, config.database.folder).catch((error) =>
        log.warn({ error }, 'other sessions of this data folder cannot be answered'),
      )
    }
    return service
  }

  /** Listens on this machine for processes with the token, which only this user can read. */
  async #answerOthers(service: Service, folder: string): Promise<void> {
    const { config, log, closers } = this.#parts
    const { startServer } = await import('../http.ts')
    const [token, ownerToken] = [crypto.randomUUID(), crypto.randomUUID()]
    const open = { host: '127.0.0.1', port: 0, allowedHosts: [], allowedOrigins: [] }
    const http = { ...open, tokens: parseTokens(token), ownerToken }
    const { url } = await startServer({ service, config: { ...config, http }, log, closers })
    closers.push('announcement', await announceServer(folder, { url, token, ownerToken, mode: 'mcp' }))
  }
}

/** Whether the data folder could not be opened because a living process has it. */
export async function isHeld({ database }: Config, error: unknown): Promise<boolean> {
  if (database.kind !== 'embedded' || asFault(error).code !== 'database_not_usable') return false
  const { holderOf } = await import('../../store/folder-lock.ts')
  return (await holderOf(database.folder)) !== undefined
}

/** This session's settings name the folders, so they are its user's wish. */
async function requestFolders(found: ServerAddress, { repositories }: Config, log: Log): Promise<void> {
  const server = asOwner(found)
  for (const path of repositories) {
    const call = { name: 'index_repository', arguments: { path } }
    const result = await ask(server, call, { textAlone: true, signal: new AbortController().signal }).catch(
      () => undefined,
    )
    if (result?.isError === true)
      log.warn({ path, answer: result.content }, 'the session that has the index open refuses')
  }
}

/** Whether the connection broke, or the server says that it is about to end. */
function isGone(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Fault && error.code === 'draining')
}

async function ask(
  { url, token }: ServerAddress,
  params: Called,
  { textAlone, signal }: Calling,
): Promise<CallToolResult> {
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...authorization(token),
      ...(textAlone ? { 'mcp-session-id': TEXT_ALONE } : {}),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    signal,
  })
  const answer = (await response.json()) as Problem & {
    readonly result?: CallToolResult
    readonly error?: { readonly message: string }
  }
  if (answer.result !== undefined) return answer.result
  if (answer.error !== undefined) throw new Fault('server_unreachable', answer.error.message, 'Ask again')
  throw faultIn(url, response.status, answer)
}
