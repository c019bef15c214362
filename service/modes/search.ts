import { Fault } from '../errors.ts'
import { searchCode } from '../tools/search-code.ts'
import { indexesNothing, openBackend } from './backend.ts'
import { closeAfter } from './closers.ts'
import { printNothingIndexed } from './guide.ts'
import type { Setup } from './setup.ts'

/** Options as commander parses them. */
export interface SearchOptions {
  readonly repository?: string
  readonly path?: string
  readonly language?: string
  readonly limit?: string
  readonly detail?: string
  readonly json?: true
}

/** Finds code, from the terminal. */
export async function search(setup: Setup, words: readonly string[], options: SearchOptions): Promise<number> {
  const { json, limit, ...filter } = options
  const query = words.join(' ').trim()
  checkText('query', query)
  const input = {
    query,
    ...filter,
    ...(limit !== undefined && { limit: countIn('--limit', limit, 1, MOST_RESULTS) }),
  }
  return closeAfter(setup.log, setup.config.shutdownTimeoutMs, async (closers) => {
    const backend = await openBackend(setup, closers)
    const { structured, text } = await backend.call(searchCode, input)
    const isEmpty = (structured.results as unknown[]).length === 0 && (await indexesNothing(backend))
    if (json) setup.terminal.print(JSON.stringify(structured, null, 2))
    else if (isEmpty) await printNothingIndexed(setup)
    else setup.terminal.print(text)
    return 0
  })
}

const MOST_RESULTS = 50

/** @throws Fault `request_invalid` if an argument is empty */
export function checkText(argument: string, text: string): void {
  if (text === '')
    throw new Fault('request_invalid', `The ${argument} is empty`, `Give a ${argument}, in quotation marks`)
}

/** @throws Fault `request_invalid` if an option's value is not a whole number in this range */
export function countIn(option: string, text: string, least: number, most: number): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= least && count <= most) return count
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  const message = `${option} ${JSON.stringify(text)} is not a whole number ${range}`
  throw new Fault('request_invalid', message, `Give one of these, such as ${option} 10`)
}
