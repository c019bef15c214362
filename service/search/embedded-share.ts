import type { Database } from '../store/database.ts'
import { type EmbeddedCount, embeddedCounts } from '../store/embeddings.ts'
import { SECOND } from '../units.ts'
import type { SearchedRepository } from './contract.ts'

interface Share {
  readonly chunks: number
  readonly embedded: number
}

/** How many chunks of repositories have vectors; counted again while some are missing, at most every few seconds. */
export interface EmbeddedShare {
  of(repositories: readonly SearchedRepository[]): Promise<Share>
}

interface Entry {
  readonly generation: number
  readonly countedAt: number
  readonly share: Promise<Share>
  complete: boolean
}

const RECOUNT_MS = 2 * SECOND

export function makeEmbeddedShare(database: Database, model: string, now = () => performance.now()): EmbeddedShare {
  const entries = new Map<number, Entry>()

  const isCurrent = ({ id, generation }: SearchedRepository) => {
    const entry = entries.get(id)
    return entry?.generation === generation && (entry.complete || now() - entry.countedAt < RECOUNT_MS)
  }

  const count = (repositories: readonly SearchedRepository[]) => {
    const counts = embeddedCounts(database, model, repositories)
    for (const { id, generation } of repositories) {
      const share = counts.then((all) => shareOf(id, all))
      const entry: Entry = { generation, countedAt: now(), share, complete: false }
      entries.set(id, entry)
      share.then(
        ({ chunks, embedded }) => {
          entry.complete = embedded === chunks
        },
        () => entries.delete(id),
      )
    }
  }

  return {
    of: async (repositories) => {
      const outdated = repositories.filter((repository) => !isCurrent(repository))
      if (outdated.length > 0) count(outdated)
      return sum(await Promise.all(repositories.flatMap(({ id }) => entries.get(id)?.share ?? [])))
    },
  }
}

function shareOf(id: number, counts: readonly EmbeddedCount[]): Share {
  return counts.find(({ repositoryId }) => repositoryId === id) ?? { chunks: 0, embedded: 0 }
}

function sum(shares: readonly Share[]): Share {
  return {
    chunks: shares.reduce((total, { chunks }) => total + chunks, 0),
    embedded: shares.reduce((total, { embedded }) => total + embedded, 0),
  }
}
