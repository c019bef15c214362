import { EVERY_REPOSITORY } from '../access/repository-scope.ts'
import { asFault } from '../errors.ts'
import type { Log } from '../log.ts'
import { makeSearch } from '../search/search.ts'
import type { Database } from '../store/database.ts'
import { migrate } from '../store/migrate.ts'
import { nearestChunks } from '../store/nearest-chunks.ts'
import { rowCounts, sampleDefinitions, sampleVectors } from '../store/restored.ts'
import type { Manifest } from './manifest.ts'

export interface RestoredCheck {
  /** What is wrong; empty where all is right. */
  readonly faults: readonly string[]
  /** What was looked at, to be said to people. */
  readonly rows: number
  readonly searches: number
}

const SEARCHES = 5
/** The vectors are those that are looked for, so but for rounding they are the same. */
const SAME = 0.99

/**
 * Whether a restored database is the one that was dumped, and one that this version can serve: it has the rows, can be
 * brought to the schema, and its indexes find what is in them.
 */
export async function checkRestored(database: Database, { rows }: Manifest, log: Log): Promise<RestoredCheck> {
  const lost = await lostRows(database, rows)
  const schema = await schemaFaults(database, log)
  const found = lost.length + schema.length > 0 ? { faults: [], searches: 0 } : await searchFaults(database, log)
  return {
    faults: [...lost, ...schema, ...found.faults],
    rows: Object.values(rows).reduce((sum, count) => sum + count, 0),
    searches: found.searches,
  }
}

async function lostRows(database: Database, expected: Manifest['rows']): Promise<string[]> {
  const restored = await rowCounts(database)
  return Object.entries(expected)
    .filter(([table, count]) => restored[table] !== count)
    .map(([table, count]) => `${table} had ${count} rows and has ${restored[table] ?? 'none: the table is missing'}`)
}

/** As a restore would, it applies what the backup is older than. */
async function schemaFaults(database: Database, log: Log): Promise<string[]> {
  try {
    const { pending } = await migrate(database, log)
    return pending.map((name) => `the migration ${name} is missing`)
  } catch (error) {
    return [`the schema is not usable: ${asFault(error).message}`]
  }
}

async function searchFaults(database: Database, log: Log): Promise<{ faults: string[]; searches: number }> {
  const search = makeSearch({ database, log })
  const faults: string[] = []
  const definitions = await sampleDefinitions(database, SEARCHES)
  for (const { repository, symbol } of definitions) {
    const { results } = await search.search({
      query: symbol,
      scope: EVERY_REPOSITORY,
      repository,
      limit: 10,
      detail: 'snippets',
    })
    if (!results.some(({ snippet = '' }) => snippet.includes(symbol))) {
      faults.push(`a search for ${symbol} in ${repository} does not find it`)
    }
  }
  const vectors = await sampleVectors(database)
  for (const { model, repository, vector } of vectors) {
    const query = { model, vector, repositories: [repository], limit: 10, exact: false }
    const [nearest] = await nearestChunks(database, query)
    if (nearest === undefined || nearest.similarity < SAME)
      faults.push(`the vectors of model ${model.id} are not found`)
  }
  return { faults, searches: definitions.length + vectors.length }
}
