import { grepCode } from '../tools/grep-code.ts'
import { indexesNothing, openBackend } from './backend.ts'
import { closeAfter } from './closers.ts'
import { printNothingIndexed } from './guide.ts'
import { checkText, countIn } from './search.ts'
import type { Setup } from './setup.ts'

/** Options as commander parses them. */
export interface GrepOptions {
  readonly repository?: string
  readonly path?: string
  readonly language?: string
  readonly ignoreCase?: true
  readonly literal?: true
  readonly limit?: string
  readonly offset?: string
  readonly context?: string
  readonly json?: true
}

const MOST_LINES = 200
const MOST_CONTEXT = 10

/** Finds lines by a regular expression, from the terminal. Returns 1 if there are none, as grep does. */
export async function grep(setup: Setup, pattern: string, options: GrepOptions): Promise<number> {
  const { json, limit, offset, context, ignoreCase = false, literal = false, repository, path, language } = options
  checkText('pattern', pattern)
  const input = {
    pattern,
    ignore_case: ignoreCase,
    literal,
    repository,
    path,
    language,
    ...(limit !== undefined && { limit: countIn('--limit', limit, 1, MOST_LINES) }),
    ...(offset !== undefined && { offset: countIn('--offset', offset, 0, Number.MAX_SAFE_INTEGER) }),
    ...(context !== undefined && { context: countIn('--context', context, 0, MOST_CONTEXT) }),
  }
  return closeAfter(setup.log, setup.config.shutdownTimeoutMs, async (closers) => {
    const backend = await openBackend(setup, closers)
    const { structured, text } = await backend.call(grepCode, input)
    const isEmpty = (structured.matches as unknown[]).length === 0 && (await indexesNothing(backend))
    if (json) setup.terminal.print(JSON.stringify(structured, null, 2))
    else if (isEmpty) await printNothingIndexed(setup)
    else setup.terminal.print(text)
    return (structured.matches as unknown[]).length > 0 ? 0 : 1
  })
}
