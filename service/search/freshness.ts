import type { RepositoryRow } from '../store/repositories.ts'

const REPOSITORIES_NAMED = 3
const NOTHING_INDEXED =
  'No repository is indexed yet, or none that this caller may read; index_repository adds a folder.'

/** Returns a note if the index is incomplete or outdated. */
export function freshnessOf(repositories: readonly RepositoryRow[]): string | undefined {
  if (repositories.length === 0) return NOTHING_INDEXED
  const notes = repositories.flatMap((repository) => freshnessNote(repository) ?? [])
  if (notes.length === 0) return undefined
  const more = notes.length - REPOSITORIES_NAMED
  return [
    ...notes.slice(0, REPOSITORIES_NAMED),
    ...(more > 0 ? [`The same holds for ${more} more; list_repositories names them.`] : []),
  ].join(' ')
}

/** Joins the notes of an answer. */
export function noteOf(notes: readonly (string | undefined)[]): { readonly note?: string } {
  const note = notes.filter((each) => each !== undefined).join(' ')
  return note === '' ? {} : { note }
}

function freshnessNote({ name, indexedAt, isIndexing, fault }: RepositoryRow): string | undefined {
  if (indexedAt === undefined) {
    if (isIndexing) return `${name} is being indexed for the first time: what is missing here may not be indexed yet.`
    // Nothing is missing from a folder in which there is nothing.
    if (fault?.code === 'nothing_to_index') return undefined
    return fault && `${name} is not completely indexed, because its first run failed: ${sentence(fault.message)}`
  }
  const since = `the index is as of ${indexedAt.toISOString()}`
  if (fault !== undefined) return `The last run over ${name} failed, and ${since}: ${sentence(fault.message)}`
  return isIndexing ? `${name} is being indexed again; until that is done, ${since}.` : undefined
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)
