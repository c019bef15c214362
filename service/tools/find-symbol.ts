import { RE2JS } from 're2js'
import { z } from 'zod'
import type { RepositoryScope } from '../access/repository-scope.ts'
import { defined, without } from '../fields.ts'
import type { Filter, Search, SymbolAnswer } from '../search/contract.ts'
import { shownPath } from '../search/paths/shown-path.ts'
import { ownName } from '../search/symbols.ts'
import { filterFields, nameField, toFilter } from './filter.ts'
import { goOn, nextOffset, notesOf, pageFields, pastTheEnd } from './paging.ts'
import { ANSWER_TOKENS, fitting } from './token-room.ts'
import { defineTool, READS } from './tool.ts'

const input = z.object({
  name: nameField(500).describe('A name, or one with its owner: save, Model.save, Server::listen.'),
  references: z.boolean().default(false).describe('true: also where the name is used, by file.'),
  ...filterFields,
  ...pageFields('definitions or uses', { usual: 20, most: 200 }),
})

const output = z.object({
  definitions: z.array(
    z.object({
      repository: z.string(),
      path: z.string(),
      start_line: z.int(),
      end_line: z.int(),
      symbol: z.string().describe('Its name, with the names of the definitions that enclose it.'),
      kind: z.string().optional(),
      language: z.string(),
      signature: z.string(),
    }),
  ),
  total: z.int().describe('Total number of definitions.'),
  near: z.boolean().optional().describe('Nothing has exactly this name: these are similar.'),
  uses: z
    .array(
      z.object({
        repository: z.string(),
        path: z.string(),
        lines: z.array(z.object({ line: z.int(), text: z.string() })),
      }),
    )
    .optional(),
  next_offset: z.int().optional().describe('The offset to continue with, if there is more.'),
  degraded: z.string().optional().describe('Why some files were not searched for uses.'),
  note: z.string().optional().describe('A note on the state of the index.'),
})

type Output = z.input<typeof output>
type Definition = Output['definitions'][number]
type Use = { readonly repository: string; readonly path: string; readonly line: number; readonly text: string }

export const findSymbol = defineTool({
  name: 'find_symbol',
  title: 'Find a symbol',
  description:
    'Finds where a name is defined: kind, owner, signature, file and lines; or, if nothing has the name, names that begin with it. ' +
    'With references, also where it is used. Use it whenever you know the name.',
  annotations: READS,
  right: 'read',
  input,
  output,
  async run({ name, references, limit, offset, ...given }, { search, scope }, signal) {
    const filter = { ...toFilter(given), scope }
    if (!references) return toPage(await search.symbols({ ...filter, name, limit, offset }), offset)
    const answer = await search.symbols({ ...filter, name, limit: DEFINITIONS_BESIDE_USES, offset: 0 })
    const page = without(toPage(answer, 0), 'next_offset')
    const known = page.near === true ? [] : page.definitions
    return { ...page, ...(await usesOf(search, { name, filter, limit, offset, known }, signal)) }
  },
  fields: ({ definitions, uses, ...rest }) => ({
    definitions: definitions.map((definition) => without(definition, 'signature')),
    ...defined({ uses: uses?.map(({ lines, ...file }) => ({ ...file, lines: lines.map(({ line }) => line) })) }),
    ...rest,
  }),
  render: ({ definitions, near, uses, degraded, note, total, ...page }) => {
    const heading = near ? ['Nothing has exactly this name. Similar names:'] : []
    const none = total === 0 ? ['No definition of this name is indexed; grep_code finds exact text.'] : []
    const beyond = uses !== undefined && definitions.length < total ? [`… of ${total} definitions`] : []
    const notes = notesOf(note, degraded)
    return [
      ...heading,
      ...none,
      ...definitions.map(lineOf),
      ...beyond,
      ...(uses === undefined ? [] : shownUses(uses)),
      ...goOn(page, uses === undefined ? 'definitions' : 'uses'),
      ...notes,
    ].join('\n')
  },
})

const DEFINITIONS_BESIDE_USES = 10

function toPage({ definitions, total, near, note }: SymbolAnswer, offset: number): Output {
  const found = definitions.map(({ startLine, endLine, ...rest }) => {
    return { ...rest, start_line: startLine, end_line: endLine }
  })
  const shown = fitting(found, ANSWER_TOKENS / 2, lineOf)
  return {
    definitions: shown,
    total,
    ...(near && { near }),
    ...defined({ note: pastTheEnd(offset, total, 'definitions') ?? note }),
    ...nextOffset(offset, shown.length, shown.length > 0 && offset + shown.length < total),
  }
}

interface Wanted {
  readonly name: string
  readonly filter: Filter & { readonly scope: RepositoryScope }
  readonly limit: number
  readonly offset: number
  /** Lines to leave out because they define the name. */
  readonly known: readonly Definition[]
}

async function usesOf(search: Search, { name, filter, limit, offset, known }: Wanted, signal: AbortSignal) {
  const definedAt = new Set(known.map(({ repository, path, start_line: line }) => `${repository}:${path}:${line}`))
  const end = offset + limit
  const request = {
    ...filter,
    pattern: patternOf(name, known),
    ignoreCase: false,
    context: 0,
    limit: end + definedAt.size,
  }
  const { matches, truncated, degraded } = await search.grep(request, signal)
  const uses = matches.filter(({ repository, path, line }) => !definedAt.has(`${repository}:${path}:${line}`))
  const shown = fitting(uses.slice(offset, end), ANSWER_TOKENS / 2, ({ path, text }) => `${path} ${text}`)
  const isMore = offset + shown.length < uses.length || (truncated && degraded === undefined)
  return {
    uses: byFile(shown),
    ...nextOffset(offset, shown.length, isMore && shown.length > 0),
    ...defined({ degraded }),
  }
}

/**
 * Returns a pattern for the last part of a name, as a whole word. If the name of a function is an ordinary word, it
 * matches only calls, members and imports, because texts contain the word too.
 */
function patternOf(name: string, known: readonly Definition[]): string {
  const last = ownName(name)
  const literal = RE2JS.quote(last)
  const isCalled = known.length > 0 && known.every(({ kind = '' }) => CALLED.has(kind))
  if (isCalled && /^[a-z]+$/.test(last)) {
    return `(?:\\.|::|->|#)${literal}\\b|\\b${literal}!?[(<]|\\b(?:import|from|use|require)\\b.*\\b${literal}\\b`
  }
  return /^\w+$/.test(last) ? `\\b${literal}\\b` : `(?:^|[^\\p{L}\\p{N}_])${literal}(?:[^\\p{L}\\p{N}_]|$)`
}

const CALLED: ReadonlySet<string> = new Set(['function', 'method', 'declaration'])

function byFile(uses: readonly Use[]): NonNullable<Output['uses']> {
  const files = Map.groupBy(uses, ({ repository, path }) => JSON.stringify([repository, path]))
  return [...files.values()].map((ofFile) => ({
    repository: ofFile[0]?.repository ?? '',
    path: ofFile[0]?.path ?? '',
    lines: ofFile.map(({ line, text }) => ({ line, text })),
  }))
}

function lineOf({
  repository,
  path,
  start_line: start,
  end_line: end,
  kind = '',
  symbol,
  signature,
}: Definition): string {
  return `${repository}: ${shownPath(path)}:${start}-${end} ${[kind, symbol].join(' ').trim()}\n  ${signature}`
}

function shownUses(uses: NonNullable<Output['uses']>): string[] {
  if (uses.length === 0) return ['No use of it was found.']
  return [
    'Used in:',
    ...uses.flatMap(({ repository, path, lines }) => [
      `${repository}: ${shownPath(path)}`,
      ...lines.map(({ line, text }) => `  ${line}: ${text.trim()}`),
    ]),
  ]
}
