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

const TIMEOUT_MS = 5_000

/** Asks the server at an address such as http://127.0.0.1:8000, or says why it cannot be asked. */
export async function askServer(url: string): Promise<ServerReport | { readonly fault: string }> {
  try {
    const [health, repositories, jobs, sources] = await Promise.all([
      get<ServerHealth>(`${url}/health`, [200, 503]),
      get<Pick<ServerReport, 'repositories'>>(`${url}/v1/repositories`),
      get<Pick<ServerReport, 'jobs'>>(`${url}/v1/jobs`),
      // A server of an earlier version has none.
      get<Pick<ServerReport, 'sources'>>(`${url}/v1/sources`, [200, 404]),
    ])
    if (health === undefined) return { fault: `${url} asks for a token` }
    return { health, ...repositories, ...jobs, ...(sources?.sources && { sources: sources.sources }) }
  } catch (error) {
    if (error instanceof Unanswered) return { fault: error.message }
    throw error
  }
}

class Unanswered extends Error {}

/** Undefined where a token is asked for. */
async function get<Answer>(url: string, statuses: readonly number[] = [200]): Promise<Answer | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: unknown) => {
    throw new Unanswered(`${url} does not answer (${reasonOf(error)})`)
  })
  const text = await response.text()
  if (response.status === 401) return undefined
  if (statuses.includes(response.status) && text.startsWith('{')) return JSON.parse(text) as Answer
  throw new Unanswered(`${url} answers with ${response.status}${titleIn(text)}`)
}

function reasonOf(error: unknown): string {
  const { cause, name, message } = error as Error
  if (name === 'TimeoutError') return `within ${TIMEOUT_MS / 1000} s`
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? message
}

/** The title of a problem, where the text is one. */
function titleIn(text: string): string {
  const title = text.startsWith('{') ? (JSON.parse(text) as { title?: string }).title : undefined
  return title === undefined ? '' : `: ${title}`
}
