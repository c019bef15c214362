import { Fault } from '../errors.ts'
import { searchCode } from '../tools/search-code.ts'
import { openBackend } from './backend.ts'
import { closeAfter } from './closers.ts'
import type { Setup } from './setup.ts'

/** As commander gives them. */
export interface SearchOptions {
  readonly repository?: string
  readonly path?: string
  readonly language?: string
  readonly limit?: string
  readonly detail?: string
  readonly json?: true
}

/** Finds code, from a terminal. */
export async function search(setup: Setup, words: readonly string[], options: SearchOptions): Promise<number> {
  const { json, limit, ...filter } = options
  const input = { query: words.join(' '), ...filter, ...(limit !== undefined && { limit: resultsFrom(limit) }) }
  return closeAfter(setup.log, setup.config.shutdownTimeoutMs, async (closers) => {
    const backend = await openBackend(setup, closers, false)
    const { structured, text } = await backend.call(searchCode, input)
    setup.terminal.print(json ? JSON.stringify(structured, null, 2) : text)
    return 0
  })
}

const MOST_RESULTS = 50

function resultsFrom(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= MOST_RESULTS) return count
  const message = `--limit ${JSON.stringify(text)} is not a whole number from 1 to ${MOST_RESULTS}`
  throw new Fault('request_invalid', message, 'Give how many results you want, such as --limit 10')
}
