import { z } from 'zod'
import type { RepositorySummary } from '../indexing/contract.ts'
import { SECOND } from '../units.ts'
import { faultFields } from './fault-fields.ts'
import { defined } from './filter.ts'
import { renderLeftOut } from './get-indexing-status.ts'
import { defineTool, READS } from './tool.ts'

const output = z.object({
  repositories: z.array(
    z.object({
      name: z.string(),
      source: z.string().describe('The folder or URL it was indexed from.'),
      branch: z.string().optional().describe('The branch or tag of the URL, where one was asked for.'),
      commit: z.string().optional(),
      files: z.int(),
      chunks: z.int(),
      embedded: z.int().describe('How many of the chunks search_code can find by meaning.'),
      state: z.enum(['empty', 'indexing', 'ready', 'failed']),
      indexed_at: z.string().optional(),
      age: z.number().optional().describe('Seconds since it was last brought up to date.'),
      skipped: z.record(z.string(), z.int()).describe('How many files and folders were left out, by reason.'),
      left_out: z
        .array(z.string())
        .describe('Some of them, with the reason; get_indexing_status with the repository lists all.'),
      masked_secrets: z.record(z.string(), z.int()).describe('How many secrets are masked in its texts, by kind.'),
      fault: faultFields.optional().describe('Why the last run failed.'),
    }),
  ),
})

export type WireRepository = z.input<typeof output>['repositories'][number]

export const listRepositories = defineTool({
  name: 'list_repositories',
  title: 'List repositories',
  description:
    'Lists what is indexed: the name of each repository, where it comes from, how large it is, its state and age. Use it ' +
    'to learn the names that the other tools take as repository.',
  annotations: READS,
  right: 'read',
  input: z.strictObject({}),
  output,
  async run(_, { catalogue, scope }) {
    return { repositories: (await catalogue.list(scope)).map(toWire) }
  },
  render: ({ repositories }) => {
    if (repositories.length === 0) return 'Nothing is indexed yet. index_repository adds a folder.'
    return repositories.map(renderRepository).join('\n')
  },
})

function toWire(summary: RepositorySummary): WireRepository {
  const { name, source, files, chunks, embedded, state, skipped, leftOut, masked, indexedAt } = summary
  const age = indexedAt === undefined ? undefined : Math.max(0, Math.round((Date.now() - indexedAt.getTime()) / SECOND))
  return {
    name,
    source,
    files,
    chunks,
    embedded,
    state,
    skipped: { ...skipped },
    left_out: leftOut.map(renderLeftOut),
    masked_secrets: { ...masked },
    ...defined({ branch: summary.branch, commit: summary.commit, fault: summary.fault }),
    ...defined({ indexed_at: indexedAt?.toISOString(), age }),
  }
}

function renderRepository(repository: WireRepository): string {
  const { name, state, files, chunks, embedded, age, fault } = repository
  const when = age === undefined ? 'never indexed' : `indexed ${age} s ago`
  const why = fault === undefined ? '' : ` (${fault.message})`
  const secrets = Object.values(repository.masked_secrets).reduce((sum, count) => sum + count, 0)
  const masked = secrets === 0 ? '' : `, ${secrets} secrets masked`
  return `${name}: ${state}${why}, ${files} files, ${chunks} chunks (${embedded} embedded)${masked}, ${when}, from ${originOf(repository)}`
}

function originOf({ source, branch, commit }: WireRepository): string {
  const of = branch === undefined ? '' : `, ${branch}`
  return `${source}${of}${commit === undefined ? '' : `, commit ${commit}`}`
}
