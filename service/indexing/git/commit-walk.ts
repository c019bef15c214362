import { IGNORE_FILES, type IgnoreFile, IgnoreRules } from '../files/ignore-rules.ts'
import { skipByName } from '../files/known-files.ts'
import { mostRead } from '../files/size-limits.ts'
import { BY_DEFAULT, type Found, type WalkLimits } from '../files/walker.ts'

/** An entry of a commit. */
export interface ListedFile {
  /** As git writes it: 100644 and 100755 for files, 120000 for symbolic links, 160000 for submodules. */
  readonly mode: string
  /** Id of the content. */
  readonly blob: string
  readonly bytes: number
  readonly path: string
}

const LONGEST_PATH = 4096
const UNUSABLE_NAME = /(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$)/i

/**
 * Yields what a walk over the same files in a folder would find. `ignoreFiles` has the ignore files by path. All files
 * in a commit are tracked, so git's own rules leave out none.
 */
export function* filesAmong(
  files: readonly ListedFile[],
  ignoreFiles: ReadonlyMap<string, IgnoreFile>,
  limits: WalkLimits,
): Generator<Found> {
  const folders = new Folders(ignoreFiles)
  for (const file of files) {
    if (file.path.length > LONGEST_PATH) {
      yield { path: file.path.slice(0, LONGEST_PATH), skipped: 'path_too_long' }
      continue
    }
    if (UNUSABLE_NAME.test(file.path)) {
      yield { path: file.path, skipped: 'special_file' }
      continue
    }
    const rules = folders.rulesIn(folderOf(file.path))
    yield* folders.newlyLeftOut()
    if (rules !== undefined) yield look(file, rules, limits)
  }
}

function look({ mode, blob, bytes, path }: ListedFile, rules: IgnoreRules, limits: WalkLimits): Found {
  if (path.includes('\uFFFD')) return { path, skipped: 'not_utf8' }
  if (mode === '120000') return { path, skipped: 'symlink' }
  if (mode === '160000') return { path, skipped: 'submodule' }
  const ignored = rules.ignores(path, false)
  if (ignored === 'by mcpignore') return { path, skipped: 'ignored' }
  if (ignored === 'by default') return { path, skipped: 'ignored', detail: BY_DEFAULT }
  const skipped = skipByName(path.slice(path.lastIndexOf('/') + 1))
  if (skipped !== undefined) return { path, skipped }
  // A blob can only be read as a whole.
  if (bytes > mostRead(path, limits.maxFileBytes)) return { path, skipped: 'too_large', detail: `${bytes} bytes` }
  return { path, bytes, stamp: blob }
}

/** The folders of the files, each examined once. */
class Folders {
  readonly #ignoreFiles: ReadonlyMap<string, IgnoreFile>
  readonly #rules = new Map<string, IgnoreRules | undefined>()
  #leftOut: Found[] = []

  constructor(ignoreFiles: ReadonlyMap<string, IgnoreFile>) {
    this.#ignoreFiles = ignoreFiles
  }

  /** Returns the rules inside a folder, or undefined if it or a parent folder is left out. */
  rulesIn(folder: string): IgnoreRules | undefined {
    if (!this.#rules.has(folder)) this.#rules.set(folder, this.#open(folder))
    return this.#rules.get(folder)
  }

  /** Returns the folders and ignore rules found to be left out since the last call. */
  newlyLeftOut(): Found[] {
    const leftOut = this.#leftOut
    this.#leftOut = []
    return leftOut
  }

  #open(folder: string): IgnoreRules | undefined {
    const outer = folder === '' ? IgnoreRules.NONE : this.rulesIn(folderOf(folder))
    if (outer === undefined) return undefined
    if (folder !== '' && outer.ignores(folder, true) === 'by mcpignore') {
      this.#leftOut.push({ path: folder, skipped: 'ignored' })
      return undefined
    }
    const prefix = folder === '' ? '' : `${folder}/`
    const files = IGNORE_FILES.flatMap((name) => this.#ignoreFiles.get(prefix + name) ?? [])
    return outer.inside(prefix, files, {
      onFault: ({ path, detail }) => void this.#leftOut.push({ path, skipped: 'ignore_rule', detail }),
    })
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
