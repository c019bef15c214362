import { z } from 'zod'
import { defined, without } from '../fields.ts'
import type { OutlineAnswer } from '../search/contract.ts'
import { shownPath } from '../search/paths/shown-path.ts'
import { nameField, repositoryField } from './filter.ts'
import { notesOf } from './paging.ts'
import { ANSWER_TOKENS, fitting } from './token-room.ts'
import { defineTool, READS } from './tool.ts'

const input = z.object({
  path: nameField(4096).describe('Path of a file, as a search returns it.'),
  repository: repositoryField.describe('Its repository; required if several have this path.'),
  start_line: z.int().min(0).optional().describe('First line, from 1.'),
  end_line: z.int().min(1).optional().describe('Last line, included.'),
  outline: z.boolean().default(false).describe('true: only what the file defines, with lines, without bodies.'),
})

const definition = z.object({
  symbol: z.string(),
  kind: z.string().optional(),
  start_line: z.int(),
  end_line: z.int(),
  signature: z.string().optional(),
})

const output = z.object({
  repository: z.string(),
  path: z.string(),
  language: z.string(),
  start_line: z.int(),
  end_line: z.int(),
  total_lines: z.int(),
  next_line: z.int().optional().describe('The start_line to continue with, if not everything fits.'),
  text: z.string().optional().describe('The lines as they are.'),
  definitions: z.array(definition).optional().describe('What the file defines, if you asked for its outline.'),
  note: z.string().optional().describe('A note on the state of the index.'),
  left_out: z.string().optional().describe('What of the file is not in the index.'),
})

type Output = z.input<typeof output>

export const readFile = defineTool({
  name: 'read_file',
  title: 'Read a file',
  description:
    'Reads a file or a range of its lines, with line numbers, as it was indexed. Use it to see more around a result. ' +
    'For a long file, read the outline first, then the lines you need.',
  annotations: READS,
  right: 'read',
  input,
  output,
  async run({ repository, path, start_line: start, end_line: end, outline }, { search, scope }) {
    const place = start === undefined && end === undefined ? placeIn(path) : {}
    const { first = Math.max(1, start ?? 1), last = end } = place
    const file = { path, scope, ...defined({ repository }) }
    if (outline) return toOutline(await search.outline(file), first)
    const mostLast = first + MOST_LINES - 1
    const answer = await search.read({ ...file, startLine: first, endLine: Math.min(last ?? mostLast, mostLast) })
    return withinTokens(
      {
        repository: answer.repository,
        path: answer.path,
        language: answer.language,
        start_line: answer.startLine,
        end_line: answer.endLine,
        total_lines: answer.totalLines,
        text: answer.text,
        ...defined({ note: answer.note, left_out: answer.leftOut }),
      },
      Math.min(last ?? answer.totalLines, answer.totalLines),
    )
  },
  fields: ({ definitions, ...read }) => ({
    ...without(read, 'text'),
    ...defined({ definitions: definitions?.map((each) => without(each, 'signature')) }),
  }),
  render: (answer) =>
    [
      `${answer.repository}: ${shownPath(answer.path)}, ${rangeOf(answer)}`,
      ...shownLines(answer),
      ...notes(answer),
    ].join('\n'),
})

/**
 * `src/cart.ts:10-20` and `src/cart.ts:10-20 Cart.add` of a search, `src/cart.ts:10:5` or `src/cart.ts(10,5)` of a
 * compiler, `src/cart.ts#L10-L20` of a web page
 */
const PLACE = /(?::(\d+)(?:-(\d+)(?: [^\s/]+)?|:\d+)?|#L(\d+)(?:-L?(\d+))?|\.\w+\((\d+)(?:, ?\d+)*\))$/

/** Returns the lines that a path names besides the file. */
function placeIn(path: string): { readonly first?: number; readonly last?: number } {
  const [, start, end, startOfPage, endOfPage, ofCompiler] = PLACE.exec(path.trim()) ?? []
  const [first, last] = [start ?? startOfPage ?? ofCompiler, end ?? endOfPage].map((each) =>
    each ? Number(each) : undefined,
  )
  return first === undefined || first === 0 ? {} : { first, ...(last !== undefined && last >= first && { last }) }
}

/** Every line costs at least two tokens. */
const MOST_LINES = ANSWER_TOKENS / 2
/** In characters. Hardly any costs a token by itself. */
const LONGEST_LINE_ALONE = 8000

/** Keeps the lines that fit, and at least one. */
function withinTokens(answer: Output, last: number): Output {
  const lines = (answer.text ?? '').split('\n')
  const fit = fitting(numberedLines(answer.text ?? '', answer.start_line), ANSWER_TOKENS, (each) => each)
  const end = Math.min(answer.end_line, answer.start_line + fit.length - 1)
  return {
    ...answer,
    end_line: end,
    text: lines.slice(0, fit.length).join('\n'),
    ...(end < last && { next_line: end + 1 }),
  }
}

function toOutline(answer: OutlineAnswer, first: number): Output {
  const definitions = answer.definitions
    .filter(({ startLine }) => startLine >= first)
    .map(({ startLine, endLine, ...rest }) => ({ ...rest, start_line: startLine, end_line: endLine }))
  const shown = fitting(definitions, ANSWER_TOKENS, outlineLine)
  const next = definitions[shown.length]
  return {
    repository: answer.repository,
    path: answer.path,
    language: answer.language,
    start_line: Math.min(first, answer.totalLines),
    end_line: next === undefined ? answer.totalLines : next.start_line - 1,
    total_lines: answer.totalLines,
    definitions: shown,
    ...defined({ note: answer.note, left_out: answer.leftOut }),
    ...(next !== undefined && { next_line: next.start_line }),
  }
}

/** The signature shows what it is; the indentation shows what encloses it. */
function outlineLine({
  start_line: start,
  end_line: end,
  kind = '',
  symbol,
  signature,
}: z.input<typeof definition>): string {
  const owners = symbol.split('.')
  const name = owners.pop() ?? ''
  const told = signature?.includes(name) ? signature : [kind, name, signature].join(' ').trim()
  return `${start}-${end}\t${'  '.repeat(owners.length)}${told}`
}

const rangeOf = ({ start_line: start, end_line: end, total_lines: total }: Output) =>
  total === 0 ? 'which is empty' : `lines ${start}-${end} of ${total}`

function shownLines({ text, definitions, start_line: start, end_line: end }: Output): string[] {
  if (definitions !== undefined) return definitions.map(outlineLine)
  if (text === undefined || end < start) return []
  return numberedLines(text, start, start === end ? LONGEST_LINE_ALONE : undefined)
}

function notes({ next_line: next, definitions, note, left_out: leftOut }: Output): string[] {
  return [
    ...(definitions?.length === 0 ? ['No definitions are known in it: read its lines.'] : []),
    ...(next === undefined ? [] : [`There is more: continue with start_line ${next}.`]),
    ...notesOf(note, leftOut),
  ]
}

/** Maximum number of characters to show of a line among others. */
const LONGEST_LINE = 2000

/** Numbers the lines of a text, and cuts very long ones. */
function numberedLines(text: string, firstLine: number, longest = LONGEST_LINE): string[] {
  return text.split('\n').map((line, at) => `${firstLine + at}\t${cutLine(line, longest)}`)
}

function cutLine(line: string, longest: number): string {
  if (line.length <= longest) return line
  const shown = line.slice(0, longest)
  return `${shown.isWellFormed() ? shown : shown.slice(0, -1)}… (${line.length - longest} more characters)`
}
