import { IGNORE_FILES, IgnoreRules } from '../files/ignore-rules.ts'
import { skipByName } from '../files/known-files.ts'
import { type Found, MARKERS, skipBySize, type WalkLimits } from '../files/walker.ts'

/** What a commit has at a path. */
export interface ListedFile {
  /** As git writes it: 100644 and 100755 are files, 120000 symbolic links, 160000 submodules. */
  readonly mode: string
  /** The name of its content. */
  readonly blob: string
  readonly bytes: number
  readonly path: string
}

const LONGEST_PATH = 4096
const UNUSABLE_NAME = /(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$)/i

/** What a walk over the files in a folder would find; `ignoreTexts` are the texts of ignore files by their paths. */
export function* filesAmong(
  files: readonly ListedFile[],
  ignoreTexts: ReadonlyMap<string, string>,
  limits: WalkLimits,
): Generator<Found> {
  const folders = new Folders(files, ignoreTexts)
  for (const file of files) {
    if (file.path.length > LONGEST_PATH || UNUSABLE_NAME.test(file.path)) {
      yield { path: file.path.slice(0, LONGEST_PATH), skipped: 'special_file' }
      continue
    }
    const rules = folders.rulesIn(folderOf(file.path))
    yield* folders.newlyIgnored()
    if (rules !== undefined) yield look(file, rules, limits)
  }
}

function look({ mode, blob, bytes, path }: ListedFile, rules: IgnoreRules, limits: WalkLimits): Found {
  if (path.includes('\uFFFD')) return { path, skipped: 'not_utf8' }
  if (mode === '120000') return { path, skipped: 'symlink' }
  if (mode === '160000') return { path, skipped: 'submodule' }
  if (rules.ignores(path, false)) return { path, skipped: 'ignored' }
  const skipped = skipByName(path.slice(path.lastIndexOf('/') + 1))
  if (skipped !== undefined) return { path, skipped }
  return skipBySize(path, bytes, limits) ?? { path, bytes, stamp: blob }
}

/** The folders that the files are in, each looked at once. */
class Folders {
  readonly #ignoreTexts: ReadonlyMap<string, string>
  readonly #marked: ReadonlySet<string>
  readonly #rules = new Map<string, IgnoreRules | undefined>()
  readonly #ignored: string[] = []

  constructor(files: readonly ListedFile[], ignoreTexts: ReadonlyMap<string, string>) {
    this.#ignoreTexts = ignoreTexts
    const markers = files.filter(({ path }) => MARKERS.includes(path.slice(path.lastIndexOf('/') + 1)))
    this.#marked = new Set(markers.map(({ path }) => folderOf(path)))
  }

  /** The rules inside of a folder; undefined where it or one above it is left out. */
  rulesIn(folder: string): IgnoreRules | undefined {
    if (!this.#rules.has(folder)) this.#rules.set(folder, this.#open(folder))
    return this.#rules.get(folder)
  }

  /** The folders that turned out to be left out since the last time. */
  newlyIgnored(): Found[] {
    return this.#ignored.splice(0).map((path) => ({ path, skipped: 'ignored' }))
  }

  #open(folder: string): IgnoreRules | undefined {
    const prefix = folder === '' ? '' : `${folder}/`
    const texts = IGNORE_FILES.flatMap((name) => this.#ignoreTexts.get(prefix + name) ?? [])
    if (folder === '') return IgnoreRules.atRoot(texts)
    const outer = this.rulesIn(folderOf(folder))
    if (outer === undefined) return undefined
    if (!outer.ignores(folder, true) && !this.#marked.has(folder)) return outer.inside(folder, texts)
    this.#ignored.push(folder)
    return undefined
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
