import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { headCommit } from '../../../service/indexing/files/head-commit.ts'
import { readRegularFile } from '../../../service/indexing/files/regular-file.ts'
import { type Found, walk } from '../../../service/indexing/files/walker.ts'
import { NOBODY } from '../../service/indexing/walked.ts'

const OUTSIDE_COMMIT = 'f'.repeat(40)
const OUTSIDE_TEXT = 'outside of the root\n'.repeat(50)
const INSIDE_TEXT = 'inside\n'

/** What to swap for a link, relative to the parent of the root, and the target of the link in the folder outside. */
const SWAPS: readonly (readonly [path: string, target: string])[] = [
  ['root', 'tree'],
  ['root/a', 'tree/a'],
  ['root/a/b', 'tree/a/b'],
  ['root/a/b/c', 'tree/a/b/c'],
  ['root/a/b/c/deep.py', 'tree/a/b/c/deep.py'],
  ['root/a/.gitignore', 'tree/a/.gitignore'],
  ['root/.git', 'tree/.git'],
  ['root/.git/info', 'tree/.git/info'],
  ['root/.git/refs', 'tree/.git/refs'],
]

const FILES = ['first.py', 'a/one.py', 'a/b/two.py', 'a/b/c/deep.py', 'a/b/c/last.py']

export interface RaceCounts {
  readonly races: number
  /** How often something was swapped for a link and back during the races. */
  readonly swaps: number
  /** Number of races that saw a link or a missing file. */
  readonly met: number
  /** Number of races in which anything of the folder outside was read, obeyed or reported. */
  readonly leaks: number
}

/**
 * Walks and reads a folder like an index run, at least `atLeast` times, while a thread swaps the root, a folder, a file
 * or a folder of git for a link to the outside, and back.
 */
export async function swapRaces(atLeast: number): Promise<RaceCounts> {
  const counts = { races: 0, swaps: 0, met: 0, leaks: 0 }
  for (const [path, target] of SWAPS) {
    const raced = await racesOf(path, target, Math.ceil(atLeast / SWAPS.length))
    for (const name of Object.keys(counts) as (keyof RaceCounts)[]) counts[name] += raced[name]
  }
  return counts
}

async function racesOf(path: string, target: string, races: number): Promise<RaceCounts> {
  const base = mkdtempSync(join(realpathSync(tmpdir()), 'races-'))
  makeTree(join(base, 'root'), INSIDE_TEXT, { '.git/HEAD': 'ref: refs/heads/main\n' })
  makeTree(join(base, 'outside/tree'), OUTSIDE_TEXT, {
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/refs/heads/main': `${OUTSIDE_COMMIT}\n`,
    '.git/info/exclude': 'first.py\n',
    'a/.gitignore': 'two.py\n',
    'a/b/c/only-outside.py': OUTSIDE_TEXT,
  })
  symlinkSync(join(base, 'outside', target), join(base, 'link'))
  const swapped = new Int32Array(new SharedArrayBuffer(8))
  const swapper = new Worker(SWAPPER, {
    eval: true,
    workerData: { path: join(base, path), link: join(base, 'link'), aside: join(base, 'aside'), swapped },
  })
  try {
    await once(swapper, 'message')
    const counts = { races: 0, swaps: 0, met: 0, leaks: 0 }
    for (; counts.races < races; counts.races++) {
      const seen = await lookAt(join(base, 'root'))
      if (seen.met) counts.met++
      if (seen.leaked) counts.leaks++
    }
    counts.swaps = Atomics.load(swapped, 1)
    return counts
  } finally {
    Atomics.store(swapped, 0, 1)
    await once(swapper, 'exit')
    rmSync(base, { recursive: true, force: true })
  }
}

const SWAPPER = `
const { renameSync } = require('node:fs')
const { parentPort, workerData: { path, link, aside, swapped } } = require('node:worker_threads')
while (Atomics.load(swapped, 0) === 0) {
  renameSync(path, aside)
  renameSync(link, path)
  Atomics.wait(swapped, 0, 0, Math.random() / 2)
  renameSync(path, link)
  renameSync(aside, path)
  if (Atomics.add(swapped, 1, 1) === 0) parentPort.postMessage('swapped')
  Atomics.wait(swapped, 0, 0, Math.random() / 2)
}
`

function makeTree(root: string, text: string, others: Readonly<Record<string, string>>): void {
  const files = Object.fromEntries(FILES.map((path) => [path, text]))
  const insides = { '.git/info/exclude': '', '.git/refs/heads/other': '', 'a/.gitignore': '' }
  for (const [path, content] of Object.entries({ ...files, ...insides, ...others })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

/**
 * Returns whether a link or a missing file was seen, and whether anything of the folder outside was read, obeyed or
 * reported.
 */
async function lookAt(root: string): Promise<{ readonly met: boolean; readonly leaked: boolean }> {
  const all: Found[] = []
  try {
    for await (const found of walk({ root, user: NOBODY }, { maxFileBytes: OUTSIDE_TEXT.length - 1 })) all.push(found)
  } catch {
    return { met: true, leaked: false }
  }
  const texts = all.map((found) => ('skipped' in found ? undefined : readRegularFile(join(root, found.path), 10_000)))
  const skipped = all.flatMap((found) => ('skipped' in found ? found.skipped : []))
  const faults = texts.flatMap((text) => (text !== undefined && 'fault' in text ? text.fault : []))
  const isFromOutside =
    texts.some((text) => text !== undefined && 'bytes' in text && Buffer.from(text.bytes).includes('outside')) ||
    all.some(({ path }) => path.includes('only-outside')) ||
    skipped.some((reason) => ['too_large', 'ignored'].includes(reason)) ||
    headCommit(root) === OUTSIDE_COMMIT
  return {
    met: [...skipped, ...faults].some((reason) => ['symlink', 'vanished'].includes(reason)),
    leaked: isFromOutside,
  }
}
