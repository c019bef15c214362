import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'

/** A server that others can talk to. */
export interface ServerAddress {
  readonly url: string
  readonly token?: string
  /** For what the user may do alone whose data folder it is; never for what an agent asks. */
  readonly ownerToken?: string
  /** The process that serves, where it is known. */
  readonly pid?: number
  readonly mode?: 'serve' | 'mcp'
}

const FILE = 'server.json'

/**
 * Lets other processes of this user that want the same data folder find the server; the function returned takes it back,
 * unless another server has been announced since.
 */
export async function announceServer(folder: string, server: Omit<ServerAddress, 'pid'>): Promise<() => Promise<void>> {
  const file = join(folder, FILE)
  const text = JSON.stringify({ ...server, pid: process.pid })
  // Whoever looks meanwhile finds the server before this one or this one. What another left may be readable for everybody.
  const unfinished = `${file}.${randomUUID()}`
  await writeFile(unfinished, text, { mode: 0o600 })
  await rename(unfinished, file)
  return async () => {
    const announced = await readFile(file, 'utf8').catch(() => undefined)
    if (announced === text) await rm(file, { force: true })
  }
}

/** The server to talk to instead of opening the database: the one configured, or the one that has the data folder open. */
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
    // No file, or of a server that has gone.
    return undefined
  }
}
