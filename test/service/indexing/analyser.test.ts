import { hash } from 'node:crypto'
import { statSync, symlinkSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { type AnalyserOptions, analyseWithout, createAnalyser } from '../../../service/indexing/analyser/analyser.ts'
import type { AnalysedFile, Analyser, Batch } from '../../../service/indexing/analysis.ts'
import { ThreadDied } from '../../../service/threads/thread.ts'
import { SLOW_SOURCES } from '../../prove/slow-sources.ts'
import { temporaryFolder, writeInto } from './temporary-folder.ts'

function analyser(options: AnalyserOptions = {}): Analyser {
  const opened = createAnalyser({ threads: 1, ...options })
  onTestFinished(() => opened.close())
  return opened
}

function batchOf(root: string, ...paths: string[]): Batch {
  return { root, maxFileBytes: 2_000_000, files: paths.map((path) => ({ path, stamp: 'walked', bytes: 1 })) }
}

const sha256 = (content: string | Uint8Array) => new Uint8Array(hash('sha256', content, 'buffer'))
const bySkip = (files: readonly AnalysedFile[]) =>
  Object.fromEntries(files.map((file) => [file.path, file.outcome === 'skipped' ? file.reason : file.outcome]))

test('reads, chunks, hashes and compresses files, and puts their chunks into one segment', async () => {
  const text = 'export function first() {}\n\nexport const second = 2\n'
  const root = temporaryFolder({ 'a.ts': text, 'b.md': '\uFEFF# Title\r\n\r\nWords.' })
  const { files, segment } = await analyser().analyse(batchOf(root, 'a.ts', 'b.md'))
  expect(files).toMatchObject([
    {
      outcome: 'analysed',
      path: 'a.ts',
      hash: sha256(text),
      language: 'typescript',
      bytes: text.length,
      lines: 3,
      firstDocument: 0,
      chunks: [
        { startLine: 1, endLine: 3, kind: 'function', symbol: 'first', hash: sha256(`first\n${text.trimEnd()}`) },
      ],
    },
    { outcome: 'analysed', path: 'b.md', lines: 3, firstDocument: 1, chunks: [{ symbol: 'Title' }] },
  ])
  const texts = files.map((file) => file.outcome === 'analysed' && zstdDecompressSync(file.zstd).toString())
  expect(texts).toEqual([text, '# Title\r\n\r\nWords.'])
  expect(segment).toMatchObject({ documents: 2 })
  expect(segment?.blocks.length).toBeGreaterThan(0)
})

test('reports a file with known content as unchanged, with its current stamp', async () => {
  const root = temporaryFolder({ 'a.ts': 'let a = 1\n' })
  const { size, mtimeMs, ctimeMs } = statSync(join(root, 'a.ts'))
  const known = { path: 'a.ts', stamp: 'old', bytes: 1, knownHash: sha256('let a = 1\n') }
  const { files, segment } = await analyser().analyse({ ...batchOf(root), files: [known] })
  expect(files).toMatchObject([{ outcome: 'unchanged', path: 'a.ts' }])
  expect(files[0]).toHaveProperty('stamp', expect.stringContaining(`${size}:${mtimeMs}:${ctimeMs}`))
  expect(segment).toBeUndefined()
})

test('leaves out a file that has changed its type since the walk', async () => {
  const root = temporaryFolder({
    'kept.ts': 'x',
    'grown.ts': `${'x\n'.repeat(30)}`,
    'binary.ts': '\0\x01\x02'.repeat(20),
    'latin.ts': Buffer.from('caf\xe9', 'latin1'),
    'blank.ts': '\n \n',
    'gone.ts': 'x',
    'folder.ts/a': 'x',
  })
  unlinkSync(join(root, 'gone.ts'))
  symlinkSync('kept.ts', join(root, 'link.ts'))
  const paths = ['kept.ts', 'grown.ts', 'binary.ts', 'latin.ts', 'blank.ts', 'gone.ts', 'folder.ts', 'link.ts']
  const { files } = await analyser().analyse({ ...batchOf(root, ...paths), maxFileBytes: 50 })
  expect(bySkip(files)).toEqual({
    'kept.ts': 'analysed',
    'grown.ts': 'analysed',
    'binary.ts': 'binary',
    'latin.ts': 'analysed',
    'blank.ts': 'analysed',
    'gone.ts': 'vanished',
    'folder.ts': 'special_file',
    'link.ts': 'symlink',
  })
})

test('analyses many batches at once with few threads', async () => {
  const root = temporaryFolder()
  const paths = Array.from({ length: 12 }, (_, at) => `${at}.py`)
  for (const path of paths) writeInto(root, path, `def f${path.replace('.', '_')}():\n    pass\n`)
  const both = analyser({ threads: 2 })
  const answers = await Promise.all(paths.map((path) => both.analyse(batchOf(root, path))))
  expect(answers.map(({ files }) => files[0]?.path)).toEqual(paths)
  expect(answers.every(({ segment }) => segment?.documents === 1)).toBe(true)
})

test('parses Swift and Python in one process indefinitely', async () => {
  const swift = 'struct Point {\n  func move(by x: Int) -> Int { return x + 1 }\n}\n'
  const python = 'class Point:\n    def move(self, x):\n        return x + 1\n'
  const root = temporaryFolder({ 'a.swift': swift.repeat(1500), 'a.py': python.repeat(3000) })
  const { files } = await analyser().analyse(batchOf(root, 'a.swift', 'a.py', 'a.swift', 'a.py'))
  expect(files.map((file) => file.outcome === 'analysed' && file.chunks[0]?.symbol)).toEqual([
    'Point',
    'Point',
    'Point',
    'Point',
  ])
})

test('skips the file that exhausts the memory of a thread, and analyses the others', async () => {
  const root = temporaryFolder({ 'huge.txt': 'word\n'.repeat(1_500_000) })
  for (let at = 0; at < 6; at++) writeInto(root, `${at}.py`, `def f${at}():\n    pass\n`)
  const paths = ['0.py', '1.py', '2.py', 'huge.txt', '3.py', '4.py', '5.py']
  const batch = { ...batchOf(root, ...paths), maxFileBytes: 20_000_000 }
  const { files, segment } = await analyser({ heapMb: 24 }).analyse(batch)
  expect(bySkip(files)).toEqual({
    ...Object.fromEntries(paths.map((path) => [path, 'analysed'])),
    'huge.txt': 'unparsable',
  })
  expect(segment?.documents).toBe(6)
})

test('finds every file that kills a thread by halving', async () => {
  const attempts: string[][] = []
  const attempt = async ({ files }: Batch) => {
    attempts.push(files.map(({ path }) => path))
    if (files.some(({ path }) => path.startsWith('bad'))) throw new ThreadDied('out of memory')
    return { files: files.map(({ path }) => ({ outcome: 'unchanged' as const, path, stamp: 's' })) }
  }
  const { files } = await analyseWithout(batchOf('/', 'a', 'bad1', 'b', 'c', 'd', 'e', 'bad2', 'f'), attempt)
  expect(bySkip(files)).toEqual({
    ...Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((path) => [path, 'unchanged'])),
    bad1: 'unparsable',
    bad2: 'unparsable',
  })
  expect(attempts.at(-1)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  expect(attempts.length).toBeLessThan(16)
})

test('leaves out the files that take too long, and reads no other twice', async () => {
  const attempts: number[] = []
  const attempt = async ({ files }: Batch) => {
    attempts.push(files.length)
    const at = files.findIndex(({ path }) => path.startsWith('slow'))
    if (at >= 0) throw new ThreadDied('It took longer than 10 ms', { stepsDone: at })
    return { files: files.map(({ path }) => ({ outcome: 'unchanged' as const, path, stamp: 's' })) }
  }
  const { files } = await analyseWithout(batchOf('/', 'a', 'slow1', 'b', 'slow2'), attempt)
  expect(bySkip(files)).toEqual({ a: 'unchanged', b: 'unchanged', slow1: 'unparsable', slow2: 'unparsable' })
  expect(attempts).toEqual([4, 3, 2])
})

test.each([
  ['once', 1, 'unchanged'],
  ['again and again', 9, 'unparsable'],
])('tries a batch once more if its thread is held up %s', async (_, times, reason) => {
  let heldUp = 0
  const attempt = async ({ files }: Batch) => {
    if (files.some(({ path }) => path === 'b') && heldUp++ < times) {
      throw new ThreadDied('It took longer than 40 s', { stepsDone: 1, wasHeldUp: true })
    }
    return { files: files.map(({ path }) => ({ outcome: 'unchanged' as const, path, stamp: 's' })) }
  }
  const { files } = await analyseWithout(batchOf('/', 'a', 'b', 'c'), attempt)
  expect(bySkip(files)).toEqual({ a: 'unchanged', b: reason, c: 'unchanged' })
})

test('chunks a file by lines if its parser fails, and other files as usual', async () => {
  const root = temporaryFolder({
    'bad.php': SLOW_SOURCES['interpolation.php']?.slice(0, 10_000) ?? '',
    'a.py': 'def a(): pass\n',
    'b.php': '<?php\nfunction b() {}\n',
  })
  const { files } = await analyser().analyse(batchOf(root, 'a.py', 'bad.php', 'b.php'))
  const kinds = files.map((file) => file.outcome === 'analysed' && [...new Set(file.chunks.map(({ kind }) => kind))])
  expect(kinds).toEqual([['function'], ['lines'], ['function']])
  const why = files.map((file) => file.outcome === 'analysed' && file.byLines)
  expect(why).toEqual([undefined, 'its parser failed', undefined])
})

test('cuts a file by lines whose parser takes too long, and says so', async () => {
  const root = temporaryFolder({ 'open.c': SLOW_SOURCES['open-comment.c'] ?? '' })
  const { files } = await analyser().analyse(batchOf(root, 'open.c'))
  expect(files).toMatchObject([
    {
      outcome: 'analysed',
      byLines: 'its parser needed too much time or memory',
      chunks: [{ kind: 'lines' }],
    },
  ])
})

test('leaves out the file if something else fails as well', async () => {
  const attempts: (readonly boolean[])[] = []
  const attempt = async ({ files }: Batch) => {
    attempts.push(files.map(({ byLines }) => byLines === true))
    const at = files.findIndex(({ path }) => path === 'bad')
    if (at >= 0) throw new ThreadDied('unreachable', { stepsDone: at, cause: new Error('unreachable') })
    return { files: files.map(({ path }) => ({ outcome: 'unchanged' as const, path, stamp: 's' })) }
  }
  const { files } = await analyseWithout(batchOf('/', 'a', 'bad', 'b'), attempt)
  expect(bySkip(files)).toEqual({ a: 'unchanged', b: 'unchanged', bad: 'unparsable' })
  expect(attempts).toEqual([
    [false, false, false],
    [false, true, false],
    [false, false],
  ])
})

test('has a time limit per file, which other files of a batch do not use up', async () => {
  const root = temporaryFolder({ 'huge.py': 'def f(a, b):\n    return [a, b]\n'.repeat(30_000), 'a.py': 'x = 1\n' })
  const { files } = await analyser({ fileLimitMs: 30 }).analyse(batchOf(root, 'huge.py', 'a.py'))
  expect(bySkip(files)).toMatchObject({ 'huge.py': 'unparsable' })
})

test('ends immediately if it is aborted, and works again afterwards', async () => {
  const root = temporaryFolder({ 'a.py': 'class A:\n    def f(self): pass\n'.repeat(10_000), 'b.py': 'x = 1\n' })
  const one = analyser()
  const controller = new AbortController()
  const running = one.analyse(batchOf(root, ...Array.from({ length: 50 }, () => 'a.py')), controller.signal)
  controller.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
  await expect(one.analyse(batchOf(root, 'b.py'), AbortSignal.abort(new Error('no')))).rejects.toThrow('no')
  expect((await one.analyse(batchOf(root, 'b.py'))).files).toMatchObject([{ outcome: 'analysed' }])
})

test('starts a thread again after the last one was idle and ended', async () => {
  const root = temporaryFolder({ 'a.py': 'x = 1\n' })
  const one = analyser({ idleMs: 0 })
  for (let round = 0; round < 2; round++) {
    expect((await one.analyse(batchOf(root, 'a.py'))).files).toMatchObject([{ outcome: 'analysed' }])
    await new Promise((resolve) => setImmediate(resolve))
  }
})
