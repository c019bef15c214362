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
  /** What is wrong. Empty if nothing is. */
  readonly faults: readonly string[]
  /** What was checked, for messages. */
  readonly rows: number
  readonly searches: number
}

const SEARCHES = 5
/** Each vector is compared with itself, so only rounding makes a difference. */
const SAME = 0.99

/**
 * Checks that a restored database matches its dump and that this version can serve it: the rows are there, the schema
 * can be migrated, and the indexes find their contents.
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

/** Applies the migrations that are newer than the backup, as a restore does. */
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
