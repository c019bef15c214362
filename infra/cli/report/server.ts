import { withSettings } from '../../settings/service-variables.ts'
import type { Part, Target } from '../target.ts'

/** Health of the server and state of the index. The latter is undefined if no token is available. */
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
  /** In seconds. */
  readonly age?: number
  readonly fault?: ServerFault
}

/** Organisation or group whose repositories are indexed. */
export interface ListedSource {
  readonly url: string
  /** Number of repositories that are indexed because of it. */
  readonly repositories: number
  readonly listed_at?: string
  readonly fault?: ServerFault
}

export interface IndexJob {
  readonly job_id: string
  readonly repository: string
  readonly kind: 'index' | 'embed'
  readonly state: string
  /** Fraction from 0 to 1. */
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

// Runs in the server's container: network policies do not apply there, and the generated token is mounted.
const SCRIPT = `
import { existsSync, readFileSync } from 'node:fs'
const file = process.env.SERVER_TOKEN_FILE ?? ''
const headers = existsSync(file) ? { authorization: 'Bearer ' + readFileSync(file, 'utf8').trim() } : {}
const get = async (path) => {
  const response = await fetch(process.argv[1] + path, { headers, signal: AbortSignal.timeout(5000) })
  const answer = await response.json()
  // Servers of earlier versions do not have /v1/sources.
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

/** Returns the server's report, or the reason why it does not answer. Undefined if no server runs. */
export async function askServer(
  target: Pick<Target, 'run'>,
  parts: readonly Part[],
): Promise<ServerReport | { readonly fault: string } | undefined> {
  const running = parts.find(({ name }) => name === 'server')?.instances.find(({ isRunning }) => isRunning)
  if (running === undefined) return undefined
  const { exitCode, output, errors } = await target.run(running.id, ASK)
  const answer =
    exitCode === 0 ? (JSON.parse(output, withSettings) as ServerReport | { fault: string }) : { fault: errors.trim() }
  return 'fault' in answer ? { fault: `the server in ${running.id} does not answer: ${answer.fault}` } : answer
}
