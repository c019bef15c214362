import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'

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
