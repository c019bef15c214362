import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runIndex } from '../../../service/indexing/runs/run.ts'
import type { Database } from '../../../service/store/database.ts'
import type { ClaimedJob } from '../../../service/store/jobs.ts'
import { describeOnEachEngine, SILENT } from '../store/each-engine.ts'
import { FolderInMemory } from './folder-in-memory.ts'
import { claimed, ended, newRepository, rowCounts, visibleTexts } from './index-state.ts'

interface Kill {
  /** The transaction in which the run dies, counted from 0. */
  readonly at: number
  readonly committed: boolean
}

interface Step {
  readonly edits: readonly { readonly path: string; readonly text: string | undefined }[]
  readonly force: boolean
  readonly kill: Kill | undefined
}

const path = fc.constantFrom('a.txt', 'b.txt', 'src/c.txt', 'src/d.txt')
const text = fc.option(fc.constantFrom('one', 'two\nlines', 'three\nmore\nlines', 'x'.repeat(600_000)), {
  nil: undefined,
})
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    edits: fc.array(fc.record({ path, text }), { maxLength: 4 }),
    force: fc.boolean(),
    kill: fc.option(fc.record({ at: fc.nat(8), committed: fc.boolean() }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 6 },
)

/** Returns a database that dies in one transaction of a run, and looks at what readers see around each. */
function watched(database: Database, kill: Kill | undefined, look: () => Promise<void>): Database {
  let count = 0
  return {
    ...database,
    async transaction(work) {
      const dies = count++ === kill?.at
      await look()
      const result = await database.transaction(async (sql) => {
        const done = await work(sql)
        if (dies && !kill?.committed) throw new Error('killed')
        return done
      })
      await look()
      if (dies) throw new Error('killed')
      return result
    },
  }
}

async function runStep(database: Database, folder: FolderInMemory, repositoryId: number, { force, kill }: Step) {
  const before = JSON.stringify(sorted(await visibleTexts(database, repositoryId)))
  const after = JSON.stringify(sorted(folder.texts()))
  let sawAfter = before === after
  const look = async () => {
    const seen = JSON.stringify(sorted(await visibleTexts(database, repositoryId)))
    expect(sawAfter ? [after] : [before, after]).toContain(seen)
    sawAfter = seen === after
  }
  const job = await claimed(database, repositoryId, force)
  const parts = {
    database: watched(database, kill, look),
    ...folder.parts,
    log: SILENT,
    maxFileBytes: 1_000_000,
  }
  const ending = await runIndex(parts, job, new AbortController().signal, () => {}).catch((error: Error) => error)
  if (ending instanceof Error) return failed(database, job, ending)
  await ended(database, job)
  expect(await visibleTexts(database, repositoryId)).toEqual(folder.texts())
  expect(await rowCounts(database, repositoryId)).toMatchObject({
    files: folder.files.size,
    lostChunks: 0,
    lostContents: 0,
  })
}

async function failed(database: Database, job: ClaimedJob, error: Error): Promise<void> {
  expect(error.message).toMatch(/killed|has no files/)
  await ended(database, job)
}

function sorted(texts: Record<string, string>): [string, string][] {
  return Object.entries(texts).sort(([one], [other]) => (one < other ? -1 : 1))
}

describeOnEachEngine('Generations', (database) => {
  test('a reader sees all of the old or all of the new generation, wherever a run is killed', async () => {
    const property = fc.asyncProperty(steps, async (sequence) => {
      const folder = new FolderInMemory()
      folder.write('first.txt', 'there before')
      const id = await newRepository(database())
      await runStep(database(), folder, id, { edits: [], force: false, kill: undefined })
      for (const step of sequence) {
        for (const edit of step.edits) {
          if (edit.text === undefined) folder.files.delete(edit.path)
          else folder.write(edit.path, edit.text)
        }
        await runStep(database(), folder, id, step)
      }
    })
    const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns: 15 })
    expect({ failed, counterexample, errorInstance }).toEqual({
      failed: false,
      counterexample: null,
      errorInstance: null,
    })
  })
})
