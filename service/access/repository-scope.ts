import { createHash } from 'node:crypto'
import { RE2JS } from 're2js'

/** Postgres refuses an expression of some thousand names, and compiles one of some hundred within milliseconds. */
const GLOBS_A_PATTERN = 500

/** The repositories that a caller may know about. To the caller, all others do not exist. */
export class RepositoryScope {
  /** Names in the scope, beside those that match a pattern. */
  readonly names: readonly string[]
  /** Regular expressions for names in the scope, valid in JavaScript and in Postgres. */
  readonly patterns: readonly string[]
  /** Identifies the names in the scope. */
  readonly key: string
  /** Whether the scope contains all repositories, including future ones. */
  readonly isEverything: boolean
  /** Whether the caller may add sources that the settings do not allow. */
  readonly takesAnySource: boolean
  readonly #names: ReadonlySet<string>
  readonly #patterns: readonly RE2JS[]

  /** In a glob, `*` matches any characters and `?` matches one. */
  constructor(globs: readonly string[], { takesAnySource = false } = {}) {
    this.takesAnySource = takesAnySource
    this.isEverything = globs.some((glob) => /^\*+$/.test(glob))
    const { names = [], globs: wild = [] } = Object.groupBy(globs, (glob) => (/[*?]/.test(glob) ? 'globs' : 'names'))
    this.names = this.isEverything ? [] : names
    this.patterns = this.isEverything ? [''] : inGroups(wild).map(patternOf)
    this.key = createHash('sha256')
      .update(JSON.stringify([this.names, this.patterns]))
      .digest('base64')
    this.#names = new Set(this.names)
    // Takes linear time in the length of the name, which the caller chooses.
    this.#patterns = this.patterns.map((pattern) => RE2JS.compile(pattern, RE2JS.DOTALL))
  }

  allows(name: string): boolean {
    return this.#names.has(name) || this.#patterns.some((pattern) => pattern.test(name))
  }
}

function inGroups(globs: readonly string[]): string[][] {
  const count = Math.ceil(globs.length / GLOBS_A_PATTERN)
  return Array.from({ length: count }, (_, at) => globs.slice(at * GLOBS_A_PATTERN, (at + 1) * GLOBS_A_PATTERN))
}

export const EVERY_REPOSITORY = new RepositoryScope(['*'])
/** Scope of the user who owns the data folder. */
export const ANY_SOURCE = new RepositoryScope(['*'], { takesAnySource: true })
export const NO_REPOSITORY = new RepositoryScope([])

/** Returns a regular expression that matches what any of the globs matches. */
export function patternOf(globs: readonly string[]): string {
  // Nothing follows the end, so this matches no name.
  if (globs.length === 0) return '$.'
  return `^(?:${globs.map(translate).join('|')})$`
}

function translate(glob: string): string {
  return RE2JS.quote(glob)
    .replace(/(?:\\\*)+/g, '.*')
    .replaceAll('\\?', '.')
}
