import { z } from 'zod'
import { defined } from '../fields.ts'
import type { RepositorySummary } from '../indexing/contract.ts'
import { SECOND } from '../units.ts'
import { nameField } from './filter.ts'
import { renderLeftOut } from './get-indexing-status.ts'
import { goOn, nextOffset, pageFields } from './paging.ts'
import { fitting } from './token-room.ts'
import { defineTool, faultFields, READS } from './tool.ts'

const input = z.object({
  name: nameField(1000).optional().describe('Only repositories whose name or source contains this.'),
  ...pageFields('repositories', { usual: 200, most: 1000 }),
})

const output = z.object({
  repositories: z.array(
    z.object({
      name: z.string(),
      source: z.string().describe('The folder or URL it was indexed from.'),
      branch: z.string().optional().describe('The branch or tag in the URL, if any.'),
      commit: z.string().optional(),
      files: z.int(),
      chunks: z.int(),
      by_meaning: z.int().describe('Number of chunks that search_code can find by meaning.'),
      embedded: z
        .int()
        .describe('Number of chunks with a vector of the embedding model, which is Ollama’s if that is used.'),
      state: z.enum(['empty', 'indexing', 'ready', 'failed']),
      indexed_at: z.string().optional(),
      age: z.number().optional().describe('Seconds since it was last updated.'),
      skipped: z.record(z.string(), z.int()).optional().describe('Number of files left out, by reason.'),
      left_out: z
        .array(z.string())
        .optional()
        .describe('Some of these, with the reason; get_indexing_status with the repository lists all.'),
      masked_secrets: z.record(z.string(), z.int()).optional().describe('Number of masked secrets, by kind.'),
      watch: z.string().optional().describe('How changes in the folder are noticed. Absent if they are not.'),
      fault: faultFields.optional().describe('Why the last run failed.'),
    }),
  ),
  total: z.int().describe('Total number of repositories.'),
  next_offset: z.int().optional().describe('The offset to continue with, if there is more.'),
})

export type WireRepository = z.input<typeof output>['repositories'][number]

export const listRepositories = defineTool({
  name: 'list_repositories',
  title: 'List repositories',
  description: 'Lists what is indexed: names, sources, sizes, state and age of the repositories.',
  annotations: READS,
  right: 'read',
  input,
  output,
  async run({ name, limit, offset }, { catalogue, scope }) {
    const wanted = name?.toLowerCase() ?? ''
    const all = (await catalogue.list(scope)).filter((each) =>
      `${each.name} ${each.source}`.toLowerCase().includes(wanted),
    )
    const page = all.slice(offset, offset + limit).map(toWireRepository)
    const repositories = fitting(page, MOST_TOKENS, (each) => JSON.stringify(each))
    return {
      repositories,
      total: all.length,
      ...nextOffset(offset, repositories.length, offset + repositories.length < all.length),
    }
  },
  render: ({ repositories, total, ...page }) => {
    if (total === 0) return 'Nothing is indexed yet, or not under this name. index_repository adds a folder.'
    if (repositories.length === 0) return `There are ${total} repositories: use a smaller offset.`
    return [...repositories.map(renderRepository), ...goOn(page, 'repositories')].join('\n')
  },
})

/** Callers that list repositories are looking for one of them. */
const MOST_TOKENS = 18_000

export function toWireRepository(summary: RepositorySummary): WireRepository {
  const { name, source, files, chunks, byMeaning, embedded, state, skipped, leftOut, masked, indexedAt } = summary
  const age = indexedAt === undefined ? undefined : Math.max(0, Math.round((Date.now() - indexedAt.getTime()) / SECOND))
  return {
    name,
    source,
    files,
    chunks,
    by_meaning: byMeaning,
    embedded,
    state,
    ...(isEmpty(skipped) ? {} : { skipped: { ...skipped } }),
    ...(leftOut.length === 0 ? {} : { left_out: leftOut.map(renderLeftOut) }),
    ...(isEmpty(masked) ? {} : { masked_secrets: { ...masked } }),
    ...defined({ branch: summary.branch, commit: summary.commit, fault: summary.fault }),
    ...defined({ indexed_at: indexedAt?.toISOString(), age, watch: watchText(summary.watch) }),
  }
}

const isEmpty = (counts: object) => Object.keys(counts).length === 0

function watchText(watch: RepositorySummary['watch']): string | undefined {
  if (watch === undefined || watch.by === 'events') return watch?.by
  const reason = watch.reason === undefined ? '' : `: ${watch.reason}`
  return `polling every ${watch.everySeconds} s${reason}`
}

function renderRepository(repository: WireRepository): string {
  const { name, state, files, chunks, age, fault } = repository
  const first = state === 'indexing' ? 'for the first time, not complete yet' : 'never indexed'
  const watched = repository.watch === undefined ? '' : `, watched by ${repository.watch}`
  const when = age === undefined ? first : `indexed ${age} s ago${watched}`
  const why = fault === undefined ? '' : ` (${fault.message})`
  const secrets = Object.values(repository.masked_secrets ?? {}).reduce((sum, count) => sum + count, 0)
  const masked = secrets === 0 ? '' : `, ${counted(secrets, 'secret')} masked`
  return `${name}: ${state}${why}, ${counted(files, 'file')}, ${counted(chunks, 'chunk')}${meaningOf(repository)}${masked}, ${when}, from ${originOf(repository)}`
}

/** Describes how many chunks are found by meaning, and how many of them Ollama's model has not embedded. */
function meaningOf({ chunks, by_meaning: byMeaning, embedded }: WireRepository): string {
  if (chunks === 0) return ''
  const found = byMeaning === chunks ? 'all by meaning' : `${byMeaning} by meaning`
  return embedded > 0 && embedded < byMeaning ? ` (${found}, ${embedded} embedded by Ollama)` : ` (${found})`
}

const counted = (count: number, thing: string) => `${count} ${thing}${count === 1 ? '' : 's'}`

function originOf({ source, branch, commit }: WireRepository): string {
  const of = branch === undefined ? '' : `, ${branch}`
  return `${source}${of}${commit === undefined ? '' : `, commit ${commit}`}`
}
