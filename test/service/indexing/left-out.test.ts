import { expect, test } from 'vitest'
import { EVERY_REPOSITORY } from '../../../service/access/repository-scope.ts'
import type { SkipReason } from '../../../service/indexing/analysis.ts'
import { makeCatalogue } from '../../../service/indexing/catalogue.ts'
import { runIndex } from '../../../service/indexing/runs/run.ts'
import { makeSearch } from '../../../service/search/search.ts'
import type { Database } from '../../../service/store/database.ts'
import { changeLeftOut, leftOutAround, leftOutOf } from '../../../service/store/left-out.ts'
import { liveRepositories } from '../../../service/store/repositories.ts'
import { describeOnEachEngine, SILENT } from '../store/each-engine.ts'
import { FolderInMemory } from './folder-in-memory.ts'
import { claimed, ended, newRepository } from './index-state.ts'

const LIVE = new AbortController().signal
const SCOPE = { scope: EVERY_REPOSITORY }

/**
 * A folder whose analyser gives back stamps of what is left out for its content, cuts files that are called large, and
 * divides files by lines where it finds `hostile` in them.
 */
class Folder extends FolderInMemory {
  readonly read: string[] = []

  override get parts() {
    const { openTree, analyser } = super.parts
    const analyse: typeof analyser.analyse = async (batch, signal) => {
      this.read.push(...batch.files.map(({ path }) => path))
      const answer = await analyser.analyse(batch, signal)
      const stamps = new Map(batch.files.map(({ path, stamp }) => [path, stamp]))
      const files = answer.files.map((file) => {
        if (file.outcome === 'skipped') return { ...file, stamp: stamps.get(file.path) as string }
        const isByLines = file.outcome === 'analysed' && this.text(file.path).includes('hostile')
        const told = isByLines ? { ...file, byLines: 'its parser failed' } : file
        return file.path.includes('large') ? { ...told, cut: 'the first 9 bytes' } : told
      })
      return { ...answer, files }
    }
    return { openTree, analyser: { analyse } }
  }
}

async function index(database: Database, folder: Folder, repositoryId: number, force = false) {
  folder.read.length = 0
  const job = await claimed(database, repositoryId, force)
  try {
    return await runIndex({ database, ...folder.parts, log: SILENT, maxFileBytes: 1000 }, job, LIVE, () => {})
  } finally {
    await ended(database, job)
  }
}

const leave = (folder: Folder, reason: SkipReason, ...paths: string[]) => {
  for (const path of paths) folder.skippedByWalk.set(path, reason)
}

function shop(): Folder {
  const folder = new Folder()
  folder.write('src/a.ts', 'alpha')
  folder.write('src/large.ts', 'alpha\nbeta')
  folder.write('data/table', 'x')
  folder.skippedByAnalysis.set('data/table', 'binary')
  leave(folder, 'ignored', 'dist', 'src/gen')
  leave(folder, 'minified', 'src/app.min.js')
  return folder
}

describeOnEachEngine('What an index leaves out', (database) => {
  const nameOf = async (id: number) =>
    (await liveRepositories(database(), EVERY_REPOSITORY)).find((row) => row.id === id)?.name as string

  test('is listed by path, and changes with the next run', async () => {
    const folder = shop()
    const id = await newRepository(database())
    await index(database(), folder, id)
    const paths = async () =>
      Object.fromEntries((await leftOutOf(database(), id)).map(({ path, reason, detail }) => [path, detail ?? reason]))
    const first = {
      'data/table': 'binary',
      dist: 'ignored',
      'src/app.min.js': 'minified',
      'src/gen': 'ignored',
      'src/large.ts': 'the first 9 bytes',
    }
    expect(await paths()).toEqual(first)
    folder.skippedByWalk.delete('dist')
    folder.skippedByAnalysis.delete('data/table')
    folder.touch('data/table')
    leave(folder, 'symlink', 'src/link.ts')
    await index(database(), folder, id)
    const { dist: _, 'data/table': __, ...rest } = first
    expect(await paths()).toEqual({ ...rest, 'src/link.ts': 'symlink' })
  })

  test('is not read again before it changes, unless the run is forced', async () => {
    const folder = shop()
    const id = await newRepository(database())
    await index(database(), folder, id)
    expect(folder.read).toEqual(['src/a.ts', 'src/large.ts', 'data/table'])
    const before = await leftOutOf(database(), id)
    const { progress } = await index(database(), folder, id)
    expect(folder.read).toEqual([])
    expect(progress.skipped).toEqual({ binary: 1, ignored: 2, minified: 1, too_large: 1 })
    expect(await leftOutOf(database(), id)).toEqual(before)
    folder.touch('data/table')
    await index(database(), folder, id)
    expect(folder.read).toEqual(['data/table'])
    await index(database(), folder, id, true)
    expect(folder.read).toHaveLength(3)
  })

  test('is read for changed paths if it is at them, around them or within them', async () => {
    const id = await newRepository(database())
    const left = ['a', 'a-b/c', 'a.b', 'a/b', 'a/b.c', 'a/b/c', 'a/b/c/d', 'a/bc', 'a0', 'b', 'b/c', 'ä/b', 'ä/b/c']
    const added = left.map((path) => ({ path, reason: 'symlink' }))
    await changeLeftOut(database(), id, { removed: [], added })
    const around = async (...paths: string[]) =>
      (await leftOutAround(database(), id, paths)).map(({ path }) => path).sort()
    expect(await around('a/b')).toEqual(['a', 'a/b', 'a/b/c', 'a/b/c/d'])
    expect(await around('a/b/c', 'b', 'none')).toEqual(['a', 'a/b', 'a/b/c', 'a/b/c/d', 'b', 'b/c'])
    expect(await around('ä/b/c/d', 'a0/b')).toEqual(['a0', 'ä/b', 'ä/b/c'])
    expect(await around()).toEqual([])
  })

  test('is counted beyond a number of paths, but not stored', async () => {
    const folder = shop()
    leave(folder, 'symlink', ...Array.from({ length: 6000 }, (_, at) => `links/${at}`))
    leave(folder, 'special_file', `pipes/${'x'.repeat(2000)}`)
    const id = await newRepository(database())
    const { progress } = await index(database(), folder, id)
    expect(progress.skipped).toMatchObject({ symlink: 6000, special_file: 1 })
    expect(await leftOutOf(database(), id)).toHaveLength(5005)
  })

  test('is shown in part in the list of repositories, and completely in pages', async () => {
    const folder = shop()
    leave(folder, 'symlink', ...Array.from({ length: 150 }, (_, at) => `links/${at}`))
    const id = await newRepository(database())
    await index(database(), folder, id)
    const catalogue = makeCatalogue({ database: database(), roots: [], onChange: () => {} })
    const name = await nameOf(id)
    const summary = (await catalogue.list(EVERY_REPOSITORY)).find((each) => each.name === name)
    expect(summary?.leftOut[0]).toEqual({ path: 'src/large.ts', reason: 'too_large', detail: 'the first 9 bytes' })
    expect(summary?.leftOut.length).toBeLessThanOrEqual(20)
    const first = await catalogue.leftOut(name, '', EVERY_REPOSITORY)
    expect(first.paths).toHaveLength(100)
    const second = await catalogue.leftOut(name, first.next ?? '', EVERY_REPOSITORY)
    expect(second).toMatchObject({ paths: expect.arrayContaining([{ path: 'src/gen', reason: 'ignored' }]) })
    expect(first.paths.length + second.paths.length).toBe(155)
    expect(await catalogue.leftOut(`./${name.toUpperCase()}/`, '', EVERY_REPOSITORY)).toEqual(first)
    await expect(catalogue.leftOut('none', '', EVERY_REPOSITORY)).rejects.toMatchObject({ code: 'repository_unknown' })
  })

  test('is told apart from a file that is only divided by lines, until that changes', async () => {
    const folder = shop()
    folder.write('src/b.ts', 'hostile')
    folder.write('src/large-b.ts', 'hostile')
    const id = await newRepository(database())
    const { progress } = await index(database(), folder, id)
    expect(progress.failures).toEqual([{ path: 'src/b.ts', reason: 'by_lines: its parser failed' }])
    expect(progress.skipped).toEqual({ binary: 1, ignored: 2, minified: 1, too_large: 2 })
    const rows = async () =>
      (await leftOutOf(database(), id)).flatMap(({ path, reason, detail }) =>
        path.endsWith('b.ts') ? `${path}: ${reason}: ${detail}` : [],
      )
    const told = [
      'src/b.ts: by_lines: its parser failed',
      'src/large-b.ts: too_large: the first 9 bytes; its parser failed',
    ]
    expect((await rows()).sort()).toEqual(told)

    const again = await index(database(), folder, id)
    expect(folder.read).toEqual([])
    expect(again.progress.failures).toEqual(progress.failures)
    expect(again.progress.filesUnchanged).toBe(4)
    folder.touch('src/b.ts')
    await index(database(), folder, id)
    expect((await rows()).sort()).toEqual(told)

    const search = makeSearch({ database: database(), log: SILENT })
    const repository = await nameOf(id)
    const file = { repository, path: 'src/b.ts', ...SCOPE }
    expect(await search.outline(file)).toMatchObject({
      note: 'src/b.ts is divided by lines, so definitions that only its parser finds are missing: its parser failed.',
    })
    expect(await search.outline({ ...file, path: 'src/large-b.ts' })).toMatchObject({
      leftOut: 'the first 9 bytes; its parser failed',
    })
    expect(await search.read(file)).not.toHaveProperty('leftOut')
    const grep = { pattern: 'nowhere', ignoreCase: false, context: 0, limit: 10, ...SCOPE, repository }
    expect((await search.grep({ ...grep, path: 'src/b.ts' })).leftOut).toBeUndefined()
    await search.close()

    folder.write('src/b.ts', 'harmless')
    await index(database(), folder, id)
    expect(await rows()).toEqual([told[1]])
  })

  test('is reported to those who ask for it', async () => {
    const folder = shop()
    const id = await newRepository(database())
    await index(database(), folder, id)
    const search = makeSearch({ database: database(), log: SILENT })
    const repository = await nameOf(id)
    const read = (path: string) => search.read({ repository, path, ...SCOPE })
    await expect(read('src/app.min.js')).rejects.toMatchObject({
      code: 'file_left_out',
      message: expect.stringContaining('[minified]'),
    })
    await expect(read('dist/deep/a.js')).rejects.toMatchObject({
      code: 'file_left_out',
      message: expect.stringContaining('"dist/deep/a.js" is in "dist", which is left out'),
    })
    await expect(read('src/none.ts')).rejects.toMatchObject({ code: 'file_unknown' })
    expect(await read('src/large.ts')).toMatchObject({ text: 'alpha\nbeta', leftOut: 'the first 9 bytes' })
    expect(await read('src/a.ts')).not.toHaveProperty('leftOut')
    const grep = async (pattern: string, path?: string) => {
      const filter = path === undefined ? {} : { path }
      const request = { pattern, ignoreCase: false, context: 0, limit: 10, repository, ...filter, ...SCOPE }
      return (await search.grep(request)).leftOut
    }
    expect(await grep('alpha')).toBeUndefined()
    expect(await grep('nowhere')).toMatch(/2 ignored, .*\(src\/large\.ts, src\/app\.min\.js …\)/)
    expect(await grep('alpha', 'src/a.ts')).toBeUndefined()
    expect(await grep('alpha', 'dist/**')).toMatch(/^Left out of the index: dist \(/)
    expect(await grep('alpha', 'dist/deep/a.js')).toMatch(/dist \(/)
    expect(await grep('alpha', '*.min.js')).toMatch(/src\/app\.min\.js \(/)
    expect(await grep('alpha', 'src/**')).toMatch(/src\/app\.min\.js .*src\/gen .*src\/large\.ts \(the first 9 bytes\)/)
    await search.close()
  })
})
