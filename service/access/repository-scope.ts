import { RE2JS } from 're2js'

/** The repositories that a caller may know of; the others are to it as if they were not there. */
export class RepositoryScope {
  /** A regular expression, the same to Postgres, that the names inside match. */
  readonly pattern: string
  /** Whether nothing is outside, not even what is still to be added. */
  readonly isEverything: boolean
  /** Whether sources may be added that the settings do not allow. */
  readonly takesAnySource: boolean
  readonly #names: RE2JS

  /** `*` in a glob stands for any characters, `?` for one. */
  constructor(globs: readonly string[], { takesAnySource = false } = {}) {
    this.takesAnySource = takesAnySource
    this.isEverything = globs.some((glob) => /^\*+$/.test(glob))
    this.pattern = this.isEverything ? '' : patternOf(globs)
    // In time linear in the name, which a caller chooses.
    this.#names = RE2JS.compile(this.pattern, RE2JS.DOTALL)
  }

  allows(name: string): boolean {
    return this.#names.test(name)
  }
}

export const EVERY_REPOSITORY = new RepositoryScope(['*'])
/** Of the user whose data folder it is. */
export const ANY_SOURCE = new RepositoryScope(['*'], { takesAnySource: true })
export const NO_REPOSITORY = new RepositoryScope([])

/** A regular expression that what one of the globs matches does. */
export function patternOf(globs: readonly string[]): string {
  // Nothing comes after the end, and so no name matches.
  if (globs.length === 0) return '$.'
  return `^(?:${globs.map(translate).join('|')})$`
}

function translate(glob: string): string {
  return glob
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.')
}
