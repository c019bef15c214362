import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeEmbedRun } from '../../../service/indexing/embeddings/embed-run.ts'
import type { Database } from '../../../service/store/database.ts'
import { repositoryNow } from '../../../service/store/embeddings.ts'
import { sweep } from '../../../service/store/generations.ts'
import { registerModel } from '../../../service/store/models.ts'
import {
  chunksToEmbed,
  embeddedCounts,
  insertVectors,
  segmentsToEmbed,
  vectorsOfSegment,
} from '../../../service/store/segment-vectors.ts'
import type { RepositoryAt } from '../../../service/store/visibility.ts'
import { packVectors, unpackVectors } from '../../../service/vectors/packed-vectors.ts'
import { useEmbeddedDatabase } from '../../fakes/embedded-database.ts'
import { hashedVector } from '../../fakes/hashed-vector.ts'
import { addFiles, silent } from '../search/indexed.ts'

const database = useEmbeddedDatabase()
const MODEL = 'stub:latest'
const DIMENSIONS = 16
const vectorOf = (text: string) => Float32Array.from(hashedVector(text, DIMENSIONS))

const embedder = {
  model: MODEL,
  embedDocuments: async (texts: readonly string[]) => texts.map(vectorOf),
  embedQuery: async (text: string) => vectorOf(text),
  check: async () => ({ state: 'ready' as const }),
  isBreakerOpen: () => false,
  isExpected: async () => true,
  onRequest: () => {},
}

type Step =
  | { readonly kind: 'publish'; readonly paths: readonly string[]; readonly lines: number }
  | { readonly kind: 'remove'; readonly paths: readonly string[] }
  /** Stores vectors for some documents of a segment, like a run that is then killed. */
  | { readonly kind: 'group'; readonly segment: number; readonly documents: number }
  | { readonly kind: 'embed' }
  | { readonly kind: 'sweep' }

const path = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('publish' as const),
      paths: fc.uniqueArray(path, { minLength: 1, maxLength: 3 }),
      lines: fc.integer({ min: 1, max: 5 }),
    }),
    fc.record({ kind: fc.constant('remove' as const), paths: fc.uniqueArray(path, { minLength: 1, maxLength: 2 }) }),
    fc.record({ kind: fc.constant('group' as const), segment: fc.nat(5), documents: fc.integer({ min: 1, max: 6 }) }),
    fc.constant({ kind: 'embed' as const }),
    fc.constant({ kind: 'sweep' as const }),
  ),
  { minLength: 1, maxLength: 10 },
)

let repositories = 0
let written = 0

/** Returns a file with one chunk per line. */
function fileOf(path: string, lines: number) {
  const text = Array.from({ length: lines }, (_, line) => `line ${line} of ${++written}`).join('\n')
  return { path, text, cuts: Array.from({ length: lines - 1 }, (_, at) => at + 2) }
}

async function storeGroup(repository: RepositoryAt, { segment, documents }: Extract<Step, { kind: 'group' }>) {
  const model = await registerModel(database(), MODEL, DIMENSIONS)
  const segments = await segmentsToEmbed(database(), model.id, repository)
  const chosen = segments[segment % Math.max(1, segments.length)]
  if (chosen === undefined) return
  const held = await documentsHeld(chosen.segmentId, model.id)
  const chunks = await chunksToEmbed(database(), repository, chosen.segmentId)
  const lacking = chunks.filter(({ document }) => !held.has(document)).slice(0, documents)
  const packed = packVectors(
    lacking.map(({ document }) => document),
    lacking.map(({ hash }) => vectorOf(hash)),
  )
  await insertVectors(database(), repository.id, model.id, [{ segmentId: chosen.segmentId, packed, complete: false }])
}

async function documentsHeld(segmentId: number, modelId: number): Promise<Set<number>> {
  const blocks = await vectorsOfSegment(database(), modelId, segmentId)
  return new Set(blocks.flatMap(({ data }) => [...unpackVectors(data, DIMENSIONS).documents]))
}

async function take(step: Step, name: string, id: number): Promise<void> {
  const { signal } = new AbortController()
  if (step.kind === 'publish') {
    await addFiles(
      database(),
      name,
      step.paths.map((path) => fileOf(path, step.lines)),
    )
  } else if (step.kind === 'remove') await addFiles(database(), name, [], [...step.paths])
  else if (step.kind === 'group') await storeGroup((await repositoryNow(database(), id)) as RepositoryAt, step)
  else if (step.kind === 'sweep') await sweep(database(), id)
  else await makeEmbedRun({ database: database(), embedder, log: silent })({ repositoryId: id }, signal, () => {})
}

/** Counts the visible chunks, and those with a vector, by looking at each. */
async function counted(sql: Database, id: number): Promise<{ chunks: number; embedded: number }> {
  const repository = (await repositoryNow(sql, id)) as RepositoryAt
  const model = await registerModel(sql, MODEL, DIMENSIONS)
  const segments = await sql.query<{ id: number; live: number }>(
    'select id, live from segment where repository_id = $1',
    [id],
  )
  let chunks = 0
  let embedded = 0
  for (const segment of segments) {
    const held = await documentsHeld(segment.id, model.id)
    const seen = await chunksToEmbed(sql, repository, segment.id)
    expect(segment.live).toBe(seen.length)
    chunks += seen.length
    embedded += seen.filter(({ document }) => held.has(document)).length
  }
  return { chunks, embedded }
}

test('the stored counts agree with counting every chunk, whatever is published, removed and embedded', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const name = `repository-${++repositories}`
      const id = await addFiles(database(), name, [fileOf('first', 2)])
      for (const step of sequence) {
        await take(step, name, id)
        const { chunks, embedded } = await counted(database(), id)
        const [kept] = await embeddedCounts(database(), MODEL, [{ id }])
        // Vectors of a file that dies count until its segment is complete.
        expect(kept?.embedded ?? 0).toBeGreaterThanOrEqual(embedded)
        expect(kept?.embedded ?? 0).toBeLessThanOrEqual(chunks)
        const counts = step.kind === 'embed' ? [embedded, kept?.embedded ?? 0] : [chunks, chunks]
        expect(counts).toEqual([chunks, chunks])
      }
    }),
    { numRuns: 40 },
  )
})

test('the counts are exact while no file has died', async () => {
  const id = await addFiles(database(), 'r', [fileOf('a', 5)])
  await addFiles(database(), 'r', [fileOf('b', 4)])
  for (const documents of [2, 1]) {
    await take({ kind: 'group', segment: documents, documents }, 'r', id)
    const { embedded } = await counted(database(), id)
    expect(await embeddedCounts(database(), MODEL, [{ id }])).toEqual([{ repositoryId: id, embedded }])
  }
})
