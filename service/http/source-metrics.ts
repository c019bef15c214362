import type { RepositoryScope } from '../access/repository-scope.ts'
import type { SourceRow } from '../store/sources.ts'
import { SECOND } from '../units.ts'
import type { Family } from './metric-family.ts'

const SOURCE_STATES = ['listed', 'failed', 'new'] as const

/** Returns metrics of sources, if any are set. Only callers with access to all repositories see their names. */
export function sourceFamilies(all: readonly SourceRow[], { isEverything }: RepositoryScope): Family[] {
  if (all.length === 0) return []
  const stateOf = ({ fault, listedAt }: SourceRow) => {
    if (fault !== undefined) return 'failed'
    return listedAt === undefined ? 'new' : 'listed'
  }
  const states = {
    name: 'codebase_sources',
    help: 'Organisations and groups, by the result of their last listing. Every process of a stack reports the same value.',
    values: SOURCE_STATES.map((state) => ({
      labels: { state },
      value: all.filter((source) => stateOf(source) === state).length,
    })),
  }
  if (!isEverything) return [states]
  return [
    states,
    {
      name: 'codebase_source_repositories',
      help: 'Repositories that are indexed because of an organisation or group.',
      values: all.map(({ url, repositories }) => ({ labels: { source: url }, value: repositories })),
    },
    {
      name: 'codebase_source_listed_timestamp_seconds',
      help: 'When an organisation or group was last listed completely.',
      values: all.flatMap(({ url, listedAt }) =>
        listedAt === undefined ? [] : [{ labels: { source: url }, value: listedAt.getTime() / SECOND }],
      ),
    },
  ]
}
