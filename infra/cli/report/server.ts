import type { Part, Target } from '../target.ts'

/** What the server tells of itself and of the index; without a token, nothing of the index. */
export interface ServerReport {
  readonly health: ServerHealth
  readonly repositories?: readonly IndexedRepository[]
  readonly jobs?: readonly IndexJob[]
  readonly sources?: readonly ListedSource[]
}

interface ServerHealth {
  readonly status: 'ok' | 'degraded' | 'failing'
  readonly draining: boolean
  readonly database: ServerPart
  readonly embedder: ServerPart
}

interface ServerPart {
  readonly state: string
  readonly reason?: string
}

export interface IndexedRepository {
  readonly name: string
  readonly source: string
  readonly files: number
  readonly chunks: number
  readonly embedded: number
  readonly state: 'empty' | 'indexing' | 'ready' | 'failed'
  /** Seconds. */
  readonly age?: number
  readonly fault?: ServerFault
}

/** An organisation or group whose repositories are indexed. */
export interface ListedSource {
  readonly url: string
  /** How many are indexed by it. */
  readonly repositories: number
  readonly listed_at?: string
  readonly fault?: ServerFault
}

export interface IndexJob {
  readonly job_id: string
  readonly repository: string
  readonly kind: 'index' | 'embed'
  readonly state: string
  /** From 0 to 1. */
  readonly progress: number
  readonly files_total?: number
  readonly files_done?: number
  readonly chunks_to_embed?: number
  readonly chunks_embedded?: number
}

interface ServerFault {
  readonly message: string
  readonly remedy: string
}

// Where the server runs no network policy is in its way, and the token is at hand where one was made.
const SCRIPT = `
import { existsSync, readFileSync } from 'node:fs'
const file = process.env.SERVER_TOKEN_FILE ?? ''
const headers = existsSync(file) ? { authorization: 'Bearer ' + readFileSync(file, 'utf8').trim() } : {}
const get = async (path) => {
  const response = await fetch(process.argv[1] + path, { headers, signal: AbortSignal.timeout(5000) })
  const answer = await response.json()
  // A server of an earlier version has no sources.
  if (response.status === 401 || response.status === 404) return undefined
  if (response.ok || path === '/health') return answer
  throw new Error(path + ' answers with ' + response.status + ': ' + answer.title)
}
try {
  const [health, ...more] = await Promise.all(['/health', '/v1/repositories', '/v1/jobs', '/v1/sources'].map(get))
  const { repositories, jobs, sources } = Object.assign({}, ...more)
  console.log(JSON.stringify({ health, repositories, jobs, sources }))
} catch (error) {
  console.log(JSON.stringify({ fault: error.cause?.code ?? error.message }))
}
`

const ASK = ['/usr/local/bin/node', '--input-type=module', '--eval', SCRIPT, 'http://127.0.0.1:8000'] as const

/** What the server tells of itself and of the index, or why it tells nothing; undefined where none runs. */
export async function askServer(
  target: Pick<Target, 'run'>,
  parts: readonly Part[],
): Promise<ServerReport | { readonly fault: string } | undefined> {
  const running = parts.find(({ name }) => name === 'server')?.instances.find(({ isRunning }) => isRunning)
  if (running === undefined) return undefined
  const { exitCode, output, errors } = await target.run(running.id, ASK)
  const answer = exitCode === 0 ? (JSON.parse(output) as ServerReport | { fault: string }) : { fault: errors.trim() }
  return 'fault' in answer ? { fault: `the server in ${running.id} does not answer: ${answer.fault}` } : answer
}
