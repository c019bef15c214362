import { parseJson } from '../../json.ts'
import { SECOND } from '../../units.ts'

const TIMEOUT_MS = 3 * SECOND

/** What answers at an address: this service as a server or worker, something else, or nothing. */
export type Listener = 'server' | 'worker' | 'other' | 'nothing'

export async function identify(url: string): Promise<Listener> {
  const livez = await ask(`${url}/livez`)
  if (livez === undefined) return 'nothing'
  if (livez.text !== 'live\n') return 'other'
  return (await ask(`${url}/openapi.json`))?.status === 404 ? 'worker' : 'server'
}

/** The server's report about its parts. */
export interface ServerHealth {
  readonly status: 'ok' | 'degraded' | 'failing'
  readonly draining: boolean
  readonly database: Part
  readonly embedder: Part
}

interface Part {
  readonly state: string
  readonly reason?: string
}

/** Returns undefined if the server does not report its health. */
export async function healthOf(url: string): Promise<ServerHealth | undefined> {
  const answer = await ask(`${url}/health`)
  const health = parseJson(answer?.text ?? '') as ServerHealth | undefined
  return typeof health?.database?.state === 'string' ? health : undefined
}

/** Whether the server's search is also by meaning, or would be if all its parts worked. */
export async function embedsAt(url: string): Promise<boolean> {
  const health = await healthOf(url)
  return health !== undefined && health.embedder.state !== 'off'
}

async function ask(url: string): Promise<{ readonly status: number; readonly text: string } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    return { status: response.status, text: await response.text() }
  } catch {
    // It makes no difference whether it refuses, is silent or does not speak HTTP.
    return undefined
  }
}
