import { RE2JS } from 're2js'
import { z } from 'zod'
import { defined, without } from '../fields.ts'
import type { GrepAnswer } from '../search/contract.ts'
import { shownPath } from '../search/paths/shown-path.ts'
import { filterFields, toFilter } from './filter.ts'
import { goOn, isPastTheEnd, nextOffset, notesOf, pageFields, pastTheEnd } from './paging.ts'
import { ANSWER_TOKENS, fitting } from './token-room.ts'
import { defineTool, READS } from './tool.ts'

const input = z.object({
  pattern: z
    .string()
    .min(1)
    .max(1000)
    .describe(
      'Regular expression in RE2 syntax, matched line by line, or across lines if it contains \\n or (?s). No lookaround or backreferences.',
    ),
  ignore_case: z.boolean().default(false).describe('true: ignore case.'),
  literal: z.boolean().default(false).describe('true: the pattern is text, not an expression.'),
  ...filterFields,
  context: z.int().min(0).max(10).default(0).describe('Lines shown before and after each match. Default: 0.'),
  ...pageFields('matching lines', { usual: 50, most: 200 }),
})

const output = z.object({
  matches: z.array(
    z.object({
      repository: z.string(),
      path: z.string(),
      line: z.int(),
      text: z.string(),
      before: z.array(z.string()),
      after: z.array(z.string()),
    }),
  ),
  truncated: z.boolean().describe('Whether there are more matches.'),
  next_offset: z.int().optional().describe('The offset to continue with, if there is more.'),
  files: z.int().describe('Files in scope.'),
  files_searched: z.int().describe('Files read; the index ruled out the others.'),
  degraded: z.string().optional().describe('Why some files were not searched.'),
  note: z.string().optional().describe('A note on the state of the index.'),
  left_out: z.string().optional().describe('What you asked for that is not in the index.'),
  latency_ms: z.number(),
})

type Match = z.input<typeof output>['matches'][number]

export const grepCode = defineTool({
  name: 'grep_code',
  title: 'Search code by regular expression',
  description:
    'Finds every line that matches a regular expression. Use it for exact text: a literal, an import, an error message. ' +
    'To find where a name is defined or used, use find_symbol; if you do not know the exact text, search_code.',
  annotations: READS,
  right: 'read',
  input,
  output,
  async run(
    { pattern, ignore_case: ignoreCase, literal, context, limit, offset, ...filter },
    { search, scope },
    signal,
  ) {
    const wanted = { pattern: literal ? RE2JS.quote(pattern) : pattern, ignoreCase, context, limit: offset + limit }
    const answer = await search.grep({ ...wanted, ...toFilter(filter), scope }, signal)
    const found = answer.matches
      .slice(offset)
      .map((match) => ({ ...match, before: [...match.before], after: [...match.after] }))
    const matches = fitting(found, ANSWER_TOKENS, (match) => linesOf(match).join('\n') + match.path)
    const isMore = matches.length < found.length || (answer.truncated && answer.degraded === undefined)
    return {
      matches,
      truncated: answer.truncated || isMore,
      ...nextOffset(offset, matches.length, isMore && matches.length > 0),
      files: answer.files,
      files_searched: answer.filesSearched,
      latency_ms: answer.latencyMs,
      ...defined({
        degraded: answer.degraded,
        note: pastTheEnd(offset, answer.matches.length, 'matches') ?? noteFor(answer, literal ? '' : pattern),
        left_out: answer.leftOut,
      }),
    }
  },
  fields: ({ matches, ...rest }) => ({
    matches: matches.map((match) => without(match, 'before', 'after')),
    ...rest,
  }),
  render: ({ matches, files, degraded, note, left_out: leftOut, ...page }) => {
    const notes = notesOf(note, degraded, leftOut)
    const nothing = isPastTheEnd(note) ? [] : [`No line matches in ${files} files.`]
    if (matches.length === 0) return [...nothing, ...notes].join('\n')
    const byFile = Map.groupBy(matches, ({ repository, path }) => `${repository}: ${shownPath(path)}`)
    const lines = [...byFile].flatMap(([file, ofFile]) => [file, ...ofFile.flatMap(linesOf)])
    return [...lines, ...goOn(page, 'matches'), ...notes].join('\n')
  },
})

/** Patterns that mean something else in other dialects, or match less than expected. */
const MISTAKABLE: readonly (readonly [sign: RegExp, note: string])[] = [
  [/\\\|/, String.raw`\| is the sign |; alternatives are written a|b.`],
  [/\\[<>]/, String.raw`\< and \> are the signs < and >; a word begins and ends at \b.`],
  [/^\/.+\/[a-z]*$/, 'Slashes around the pattern are part of it; ignore_case takes the place of a flag.'],
  [/\\b[^\0-\x7f]|[^\0-\x7f]\\b/, String.raw`\b knows the letters a to z only; leave it out beside others.`],
  [/(?:^|\s)-?(?:lang|language|file|path|repo):\S/, 'Filters have fields of their own: language, path and repository.'],
  [/\\[sWD][+*{]|\[\^[^\]]*\][+*{]/, String.raw`Without \n or (?s) a pattern is matched line by line.`],
  [
    /[\w)\]]\([^?)]|\w\(\)|\$(?!$|[)|])|\w\[\w*\]|\w\+\w|\w\?[^)*]/,
    'In an expression ( ) [ ] $ + ? are signs; literal: true searches for them as text.',
  ],
]

function noteFor({ matches, files, note }: GrepAnswer, pattern: string): string | undefined {
  if (matches.length > 0 || files === 0) return note
  const mistaken = MISTAKABLE.filter(([sign]) => sign.test(pattern)).map(([, each]) => each)
  const all = [...mistaken, ...(note === undefined ? [] : [note])]
  return all.length === 0 ? undefined : all.join(' ')
}

/** `4: the line`; with context `> 4: the line` between its neighbours. */
function linesOf({ line, text, before, after }: Match): string[] {
  const own = text.split('\n')
  if (before.length === 0 && after.length === 0 && own.length === 1) return [`${line}: ${text}`]
  return [...before, ...own, ...after].map((shown, index) => {
    const isOwn = index >= before.length && index < before.length + own.length
    return `${isOwn ? '>' : ' '} ${line - before.length + index}: ${shown}`
  })
}
