import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'

/** A server that others can talk to. */
export interface ServerAddress {
  readonly url: string
  readonly token?: string
}

const FILE = 'server.json'

/** Lets other processes that want the same data folder find the server; the function returned takes it back. */
export async function announceServer(folder: string, url: string): Promise<() => Promise<void>> {
  const file = join(folder, FILE)
  await writeFile(file, JSON.stringify({ url, pid: process.pid }))
  return () => rm(file, { force: true })
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
  return announced === undefined ? undefined : { url: announced, ...secret }
}

async function readAnnounced(folder: string): Promise<string | undefined> {
  try {
    const { url, pid } = JSON.parse(await readFile(join(folder, FILE), 'utf8'))
    process.kill(pid, 0)
    return url
  } catch {
    // No file, or of a server that has gone.
    return undefined
  }
}
