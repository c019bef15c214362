import { z } from 'zod'
import { defined, filterFields, toFilter } from './filter.ts'
import { defineTool, READS } from './tool.ts'

const input = z.strictObject({
  pattern: z
    .string()
    .min(1)
    .max(1000)
    .describe('A regular expression in RE2 syntax, matched line by line; (?i) at its start ignores case.'),
  ...filterFields,
  context: z.int().min(0).max(10).default(0).describe('Lines shown before and after each match.'),
  limit: z.int().min(1).max(200).default(50).describe('How many matching lines.'),
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
  truncated: z.boolean().describe('Whether there is more than was shown.'),
  files_searched: z.int(),
  degraded: z.string().optional().describe('Why files were not searched.'),
  left_out: z.string().optional().describe('What was asked for and is not in the index.'),
  latency_ms: z.number(),
})

type Match = z.input<typeof output>['matches'][number]

export const grepCode = defineTool({
  name: 'grep_code',
  title: 'Search code by regular expression',
  description:
    'Finds every line that matches a regular expression, over all indexed repositories. Use it for exact text: all uses of ' +
    'a name (\\bparseConfig\\(), a literal, an import. Backreferences and lookaround are not supported. When you do not ' +
    'know the exact text use search_code.',
  annotations: READS,
  right: 'read',
  input,
  output,
  async run({ pattern, context, limit, ...filter }, { search, scope }, signal) {
    const request = { pattern, ignoreCase: false, context, limit, ...toFilter(filter), scope }
    const answer = await search.grep(request, signal)
    return {
      matches: answer.matches.map((match) => ({ ...match, before: [...match.before], after: [...match.after] })),
      truncated: answer.truncated,
      files_searched: answer.filesSearched,
      latency_ms: answer.latencyMs,
      ...defined({ degraded: answer.degraded, left_out: answer.leftOut }),
    }
  },
  render: ({ matches, truncated, files_searched: files, degraded, left_out: leftOut }) => {
    const note = [degraded, leftOut].flatMap((each) => (each === undefined ? [] : `Note: ${each}`))
    if (matches.length === 0) return [`No line matches; ${files} files were searched.`, ...note].join('\n')
    const more =
      truncated && degraded === undefined ? ['There are more matches: narrow the search or raise limit.'] : []
    return [...matches.map(renderMatch), ...more, ...note].join('\n')
  },
})

function renderMatch({ repository, path, line, text, before, after }: Match): string {
  if (before.length === 0 && after.length === 0) return `${repository}: ${path}:${line}: ${text}`
  const numbered = [...before, text, ...after].map((shown, index) => {
    const number = line - before.length + index
    return `${number === line ? '>' : ' '} ${number}: ${shown}`
  })
  return [`${repository}: ${path}`, ...numbered].join('\n')
}
