import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { Fault } from '../errors.ts'
import { SECOND } from '../units.ts'

/** A server that other processes can call. */
export interface ServerAddress {
  readonly url: string
  readonly token?: string
  /** Token for actions reserved for the owner of the data folder. Never used for an agent's calls. */
  readonly ownerToken?: string
  /** Id of the server's process, if known. */
  readonly pid?: number
  readonly mode?: 'serve' | 'mcp'
}

const FILE = 'server.json'
/** A server takes milliseconds for this, even if it is busy. */
const PATIENCE_MS = 5 * SECOND

/**
 * Announces the server to this user's other processes that want the same data folder. The returned function withdraws
 * the announcement, unless another server has replaced it.
 */
export async function announceServer(folder: string, server: Omit<ServerAddress, 'pid'>): Promise<() => Promise<void>> {
  const file = join(folder, FILE)
  const text = JSON.stringify({ ...server, pid: process.pid })
  // Replace the file atomically, so that readers find the previous server or this one. An old file may be readable by
  // everyone.
  const unfinished = `${file}.${randomUUID()}`
  await writeFile(unfinished, text, { mode: 0o600 })
  await rename(unfinished, file)
  return async () => {
    const announced = await readFile(file, 'utf8').catch(() => undefined)
    if (announced === text) await rm(file, { force: true })
  }
}

/**
 * Finds the server to call instead of opening the database: the configured one, or the one that has the data folder
 * open.
 */
export async function findServer({
  serverUrl,
  serverToken,
  database,
  http,
}: Config): Promise<ServerAddress | undefined> {
  const token = serverToken ?? http.tokens[0]?.token
  const secret = token === undefined ? {} : { token }
  if (serverUrl !== undefined) return { url: serverUrl.replace(/\/(mcp\/?)?$/, ''), ...secret }
  if (database.kind !== 'embedded') return undefined
  const announced = await readAnnounced(database.folder)
  return announced === undefined ? undefined : { ...secret, ...announced }
}

/**
 * Returns the server that `findServer` finds.
 * @throws Fault `server_unreachable` if its process is alive but does not answer, for example because Ctrl-Z stopped it
 */
export async function findAnswering(config: Config): Promise<ServerAddress | undefined> {
  const server = await findServer(config)
  if (server?.pid === undefined || (await isAnswering(server, PATIENCE_MS))) return server
  const { pid, url } = server
  const remedy = `Continue it with fg if Ctrl-Z stopped it; else end process ${pid} and start the server again`
  throw new Fault('server_unreachable', `The server at ${url} (process ${pid}) does not answer`, remedy)
}

export async function isAnswering({ url }: ServerAddress, patienceMs: number): Promise<boolean> {
  const answer = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(patienceMs) }).catch(() => undefined)
  return answer?.ok === true
}

async function readAnnounced(folder: string): Promise<ServerAddress | undefined> {
  try {
    const server = JSON.parse(await readFile(join(folder, FILE), 'utf8'))
    process.kill(server.pid, 0)
    return server
  } catch {
    // There is no file, or its server has ended.
    return undefined
  }
}
