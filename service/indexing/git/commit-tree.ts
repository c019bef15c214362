import { setImmediate } from 'node:timers/promises'
import type { Fault } from '../../errors.ts'
import { MIB } from '../../units.ts'
import type { Candidate } from '../analysis.ts'
import { IGNORE_FILES, MAX_IGNORE_BYTES } from '../files/ignore-rules.ts'
import type { Tree } from '../tree.ts'
import { filesAmong, type ListedFile } from './commit-walk.ts'
import { type Git, OutputTooLarge } from './git-process.ts'

interface CommitSource {
  readonly git: Git
  /** Folder of a clone with the commit. */
  readonly path: string
  readonly commit: string
  readonly tooManyFiles: () => Fault
  readonly close: () => Promise<void>
}

// How long to work before yielding to other tasks.
const TURN_MS = 5
const MAX_LISTING_BYTES = 64 * MIB
const MAX_IGNORE_BYTES_IN_ALL = 16 * MIB

/** Reads the files of a commit from git's objects. A blob's id is its stamp, in every clone. */
export function commitTree({ git, path, commit, tooManyFiles, close }: CommitSource): Tree {
  const blobs = async (names: readonly string[], bytes: number, signal: AbortSignal) => {
    const input = names.map((name) => `${name}\n`).join('')
    const maxOutputBytes = bytes + names.length * MAX_HEADER_BYTES
    const args = ['cat-file', '--batch']
    return blobsIn(await git({ args, environment: { GIT_DIR: path }, input, maxOutputBytes }, signal), names)
  }
  const listing = async (signal: AbortSignal) => {
    const args = ['ls-tree', '-r', '-l', '-z', '--full-tree', commit]
    try {
      const listed = await git({ args, environment: { GIT_DIR: path }, maxOutputBytes: MAX_LISTING_BYTES }, signal)
      return filesIn(listed)
    } catch (error) {
      throw error instanceof OutputTooLarge ? tooManyFiles() : error
    }
  }
  return {
    root: path,
    async *walk(limits, signal) {
      const files = await listing(signal)
      const rules = ignoreFilesAmong(files)
      const contents = await blobs(
        rules.map(({ blob }) => blob),
        totalOf(rules),
        signal,
      )
      const ignoreFiles = new Map(rules.map(({ path }, at) => [path, { path, bytes: contents[at] as Buffer }]))
      let turnEnds = performance.now() + TURN_MS
      for (const found of filesAmong(files, ignoreFiles, limits)) {
        yield found
        if (performance.now() < turnEnds) continue
        await setImmediate()
        signal.throwIfAborted()
        turnEnds = performance.now() + TURN_MS
      }
    },
    async load(files, signal) {
      const contents = await blobs(
        files.map(({ stamp }) => stamp),
        totalOf(files),
        signal,
      )
      return files.map((file, at): Candidate => ({ ...file, content: contents[at] as Buffer }))
    },
    commit: () => commit,
    close,
  }
}

const totalOf = (files: readonly { readonly bytes: number }[]) => files.reduce((sum, { bytes }) => sum + bytes, 0)

const LISTED = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t(.+)$/s

function filesIn(listing: Buffer): ListedFile[] {
  return listing
    .toString()
    .split('\0')
    .flatMap((line) => {
      const [, mode = '', blob = '', bytes = '', path = ''] = LISTED.exec(line) ?? []
      return path === '' ? [] : [{ mode, blob, bytes: Number(bytes) || 0, path }]
    })
}

/** Returns the regular ignore files that fit into memory. Huge ones are ignored. */
function ignoreFilesAmong(files: readonly ListedFile[]): ListedFile[] {
  let total = 0
  return files.filter(({ mode, path, bytes }) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (!mode.startsWith('100') || !IGNORE_FILES.some((each) => each === name) || bytes > MAX_IGNORE_BYTES) return false
    total += bytes
    return total <= MAX_IGNORE_BYTES_IN_ALL
  })
}

// Id, "blob", size and two line feeds.
const MAX_HEADER_BYTES = 128

/** Parses the output of `cat-file --batch`, in the order of the ids. */
function blobsIn(output: Buffer, names: readonly string[]): Buffer[] {
  let at = 0
  return names.map((name) => {
    const end = output.indexOf('\n', at)
    const header = output.toString('latin1', at, end)
    const [, bytes] = /^[0-9a-f]+ blob (\d+)$/.exec(header) ?? []
    if (bytes === undefined) throw new Error(`git gave no blob ${name}: ${header.slice(0, MAX_HEADER_BYTES)}`)
    at = end + 1 + Number(bytes) + 1
    return output.subarray(end + 1, at - 1)
  })
}
