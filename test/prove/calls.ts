import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface Reply {
  /** HTTP status. 0 if the connection broke or the answer did not come in time. */
  readonly status: number
  readonly ms: number
  readonly body: string
}

/** Longer than any call may take. */
const PATIENCE_MS = 20_000
const POLL_MS = 50

/** Sends a request. Returns the answer and the time to its last byte. */
export async function call(url: string, body?: object): Promise<Reply> {
  const startedAt = performance.now()
  const post = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  try {
    const init = body === undefined ? {} : post
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) })
    const text = await response.text()
    return { status: response.status, ms: performance.now() - startedAt, body: text }
  } catch {
    return { status: 0, ms: performance.now() - startedAt, body: '' }
  }
}

/** Makes one call of each kind that reads the database. */
export function everyCall(url: string): Promise<Reply[]> {
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_repositories', arguments: {} } }
  return Promise.all([
    call(`${url}/v1/search`, { query: 'where the total of a cart is computed' }),
    call(`${url}/v1/grep`, { pattern: 'function' }),
    call(`${url}/v1/read`, { repository: 'code', path: 'file-0.ts' }),
    call(`${url}/v1/repositories`),
    call(`${url}/v1/jobs`),
    call(`${url}/mcp`, list),
    call(`${url}/`),
  ])
}

export const search = (url: string) => call(`${url}/v1/search`, { query: 'total of a cart' })

/** Polls the health endpoints until `until` settles. Returns the slowest answer's time. */
export async function worstHealthMs(url: string, until: Promise<unknown>): Promise<number> {
  let over = false
  void until.finally(() => (over = true)).catch(() => {})
  let worst = 0
  while (!over) {
    const replies = await Promise.all(['/livez', '/readyz', '/health'].map((path) => call(url + path)))
    worst = Math.max(worst, ...replies.map(({ ms }) => ms))
    await delay(POLL_MS)
  }
  return worst
}

/**
 * Returns how long it takes until `holds` is true.
 * @throws Error after `limitMs`
 */
export async function msUntil(holds: () => Promise<boolean>, limitMs: number, what: string): Promise<number> {
  const startedAt = performance.now()
  while (!(await holds())) {
    if (performance.now() - startedAt > limitMs) throw new Error(`Not within ${limitMs} ms: ${what}`)
    await delay(POLL_MS)
  }
  return performance.now() - startedAt
}

/** Creates a folder of TypeScript files with this many functions each. */
export function writeCode(folder: string, files: number, functions = 5): string {
  mkdirSync(folder, { recursive: true })
  for (let file = 0; file < files; file++) {
    const texts = Array.from(
      { length: functions },
      (_, at) =>
        `export function cartTotal${file}of${at}(items: number[]) {\n  return items.length * ${file + at}\n}\n`,
    )
    writeFileSync(join(folder, `file-${file}.ts`), texts.join('\n'))
  }
  return folder
}

interface ListedRepository {
  readonly name: string
  readonly source: string
  readonly state: string
  readonly files: number
  readonly fault?: { readonly code: string }
}

export async function repositoriesOf(url: string): Promise<ListedRepository[]> {
  const { status, body } = await call(`${url}/v1/repositories`)
  return status === 200 ? (JSON.parse(body) as { repositories: ListedRepository[] }).repositories : []
}

export async function isIndexed(url: string, name: string): Promise<boolean> {
  return (await repositoriesOf(url)).some((each) => each.name === name && each.state === 'ready')
}
