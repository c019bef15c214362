import { KIB, MIB } from '../../units.ts'
import { byteText, IgnoreList } from './ignore-list.ts'

/** Files with rules for their folder, weakest first. */
export const IGNORE_FILES = ['.gitignore', '.mcpignore'] as const
const OWN_FILE = IGNORE_FILES[1]
/** Only the first rules of a larger file count. */
export const MAX_IGNORE_BYTES = 256 * KIB
/** If the rules for a folder exceed this, the innermost ones do not count. */
const MAX_BYTES_IN_FORCE = MIB

/** An ignore file: its path in the repository, and its first `MAX_IGNORE_BYTES + 1` bytes. */
export interface IgnoreFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Why something is left out: by git's rules, by `.mcpignore`, or by default. */
export type Ignored = 'by git' | 'by mcpignore' | 'by default'

/** Which part of an ignore file has no effect, and why. Quotes nothing from the file. */
export interface IgnoreFault {
  readonly path: string
  readonly detail: string
}

/** How to read ignore files. */
interface Reading {
  readonly onFault: (fault: IgnoreFault) => void
  /** Whether git is case-insensitive in the working tree. Default false. */
  readonly ignoresCase?: boolean | undefined
}

interface RuleList {
  readonly list: IgnoreList
  readonly isGits: boolean
}

interface Verdict {
  readonly isIgnored: boolean
  readonly isGits: boolean
}

/** The ignore rules in effect in a folder of a repository. */
export class IgnoreRules {
  static readonly NONE = new IgnoreRules(undefined, 0, [], 0)

  readonly #outer: IgnoreRules | undefined
  /** Length of the folder's path with a trailing slash, in bytes. */
  readonly #base: number
  readonly #lists: readonly RuleList[]
  /** Size of the rules in effect. */
  readonly #bytes: number

  private constructor(outer: IgnoreRules | undefined, base: number, lists: readonly RuleList[], bytes: number) {
    this.#outer = outer
    this.#base = base
    this.#lists = lists
    this.#bytes = bytes
  }

  /**
   * Returns the rules inside a folder. `prefix` is its path with a trailing slash, and `files` are its ignore files,
   * weakest first.
   */
  inside(prefix: string, files: readonly IgnoreFile[], { onFault, ignoresCase = false }: Reading): IgnoreRules {
    if (files.length === 0) return this
    let inForce = this.#bytes
    const lists = files.map(({ path, bytes }) => {
      const room = Math.min(MAX_IGNORE_BYTES, MAX_BYTES_IN_FORCE - inForce)
      const whole = wholeRules(bytes, room)
      inForce += whole.length
      const list = new IgnoreList(whole, ignoresCase)
      const cut = whole.length < bytes.length ? [`only its first ${whole.length} bytes count`] : []
      const faults = [...cut, ...list.faults]
      if (faults.length > 0) onFault({ path, detail: faults.join(', ') })
      return { list, isGits: !path.endsWith(OWN_FILE) }
    })
    return new IgnoreRules(this, byteText(prefix).length, lists, inForce)
  }

  /** Returns the rules that apply in a nested repository, without git's. */
  withoutGits(): IgnoreRules {
    const lists = this.#lists.filter(({ isGits }) => !isGits)
    const outer = this.#outer?.withoutGits() ?? IgnoreRules.NONE
    return lists.length === 0 ? outer : new IgnoreRules(outer, this.#base, lists, this.#bytes)
  }

  /** Returns why an entry of this folder is ignored, or undefined if it is not. The innermost rules count. */
  ignores(path: string, isFolder: boolean): Ignored | undefined {
    const bytes = byteText(path)
    const verdict = this.#verdict(bytes, bytes.slice(bytes.lastIndexOf('/') + 1), isFolder)
    if (verdict !== undefined) return verdict.isIgnored ? (verdict.isGits ? 'by git' : 'by mcpignore') : undefined
    return isIgnoredByDefault(path.slice(path.lastIndexOf('/') + 1), isFolder) ? 'by default' : undefined
  }

  #verdict(path: string, name: string, isFolder: boolean): Verdict | undefined {
    for (let at = this.#lists.length - 1; at >= 0; at--) {
      const { list, isGits } = this.#lists[at] as RuleList
      const isIgnored = list.verdict(path, this.#base, name, isFolder)
      if (isIgnored !== undefined) return { isIgnored, isGits }
    }
    return this.#outer === undefined ? undefined : this.#outer.#verdict(path, name, isFolder)
  }
}

/** Returns the whole rules within the limit. */
function wholeRules(bytes: Uint8Array, limit: number): Uint8Array {
  return bytes.length <= limit ? bytes : bytes.subarray(0, Math.max(0, bytes.subarray(0, limit).lastIndexOf(0x0a)))
}

const FOLDERS = new Set(
  [
    'node_modules bower_components jspm_packages',
    '__pycache__ .venv .tox .nox .eggs .mypy_cache .pytest_cache .ruff_cache .hypothesis .ipynb_checkpoints',
    '.gradle .dart_tool .terraform .direnv DerivedData',
    '.next .nuxt .svelte-kit .turbo .parcel-cache .angular .nyc_output',
    '.hg .svn .jj .idea .vs .data',
  ].flatMap((line) => line.split(' ')),
)

const FILES = new Set(
  [
    'package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock',
    'Cargo.lock go.sum go.work.sum gradle.lockfile .terraform.lock.hcl flake.lock',
    'poetry.lock uv.lock pdm.lock Pipfile.lock Gemfile.lock composer.lock mix.lock pubspec.lock Podfile.lock',
    'packages.lock.json .DS_Store',
  ].flatMap((line) => line.split(' ')),
)

/**
 * Whether it is something that nobody searches for: dependencies, caches, lock files. A rule such as `!node_modules/`
 * includes it again.
 */
function isIgnoredByDefault(name: string, isFolder: boolean): boolean {
  return (isFolder ? FOLDERS : FILES).has(name)
}
