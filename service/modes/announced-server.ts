import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { Fault } from '../errors.ts'
import { holderOf, inUse } from '../store/folder-lock.ts'
import { SECOND } from '../units.ts'
import type { Terminal } from './terminal.ts'

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
/** An announced server takes milliseconds to answer. One that starts may have to recover its database first. */
const PATIENCE_MS = { answer: 10 * SECOND, start: 30 * SECOND }
const LOOK_MS = 2 * SECOND
const LOOK_EVERY_MS = 100
const TELL_AFTER_MS = SECOND

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
 * Returns the server to call: the configured one, or the one that has the data folder open, once it answers. It may still
 * be starting.
 * @throws Fault `server_unreachable` if its process is alive but does not answer, for example because Ctrl-Z stopped it
 * @throws Fault `database_not_usable` if another process holds the folder for long
 */
export async function findAnswering({ config, terminal }: Asking): Promise<ServerAddress | undefined> {
  const started = performance.now()
  for (let isTold = false; ; await delay(LOOK_EVERY_MS)) {
    const { server, held } = await lookFor(config)
    if (held === undefined) return server
    const waitedMs = performance.now() - started
    if (waitedMs > held.patienceMs) throw held.fault
    if (isTold || waitedMs < TELL_AFTER_MS) continue
    terminal.note(`Process ${held.pid} has the index open: waiting until it answers`)
    isTold = true
  }
}

interface Asking {
  readonly config: Config
  readonly terminal: Pick<Terminal, 'note'>
}

/** A process that holds the data folder and does not answer. */
interface Held {
  readonly pid: number
  readonly patienceMs: number
  readonly fault: Fault
}

async function lookFor(config: Config): Promise<{ readonly server?: ServerAddress; readonly held?: Held }> {
  const server = await findServer(config)
  if (server !== undefined && (await isAnswering(server))) return { server }
  if (config.database.kind !== 'embedded') return {}
  const { folder } = config.database
  const pid = await holderOf(folder)
  if (pid === undefined) return {}
  return server === undefined
    ? { held: { pid, patienceMs: PATIENCE_MS.start, fault: inUse(folder, pid) } }
    : { held: { pid, patienceMs: PATIENCE_MS.answer, fault: silent(server) } }
}

function silent({ url, pid }: ServerAddress): Fault {
  const remedy = `Continue it with fg if Ctrl-Z stopped it; else end process ${pid} and start the server again`
  return new Fault('server_unreachable', `The server at ${url} (process ${pid}) does not answer`, remedy)
}

/** Whether a server of this machine answers. Others are not asked. */
async function isAnswering({ url, pid }: ServerAddress): Promise<boolean> {
  if (pid === undefined) return true
  const answer = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(LOOK_MS) }).catch(() => undefined)
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
