import { RE2JS } from 're2js'

/** The repositories that a caller may know about. To the caller, all others do not exist. */
export class RepositoryScope {
  /** Regular expression for the names in the scope, valid in JavaScript and in Postgres. */
  readonly pattern: string
  /** Whether the scope contains all repositories, including future ones. */
  readonly isEverything: boolean
  /** Whether the caller may add sources that the settings do not allow. */
  readonly takesAnySource: boolean
  readonly #names: RE2JS

  /** In a glob, `*` matches any characters and `?` matches one. */
  constructor(globs: readonly string[], { takesAnySource = false } = {}) {
    this.takesAnySource = takesAnySource
    this.isEverything = globs.some((glob) => /^\*+$/.test(glob))
    this.pattern = this.isEverything ? '' : patternOf(globs)
    // Takes linear time in the length of the name, which the caller chooses.
    this.#names = RE2JS.compile(this.pattern, RE2JS.DOTALL)
  }

  allows(name: string): boolean {
    return this.#names.test(name)
  }
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
