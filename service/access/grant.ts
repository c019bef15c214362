import { Fault } from '../errors.ts'
import { ANY_SOURCE, EVERY_REPOSITORY, NO_REPOSITORY, type RepositoryScope } from './repository-scope.ts'

/** `read`: searching, reading, what is indexed and how far. `index`: bringing up to date, adding and removing. */
export const RIGHTS = ['read', 'index'] as const
export type Right = (typeof RIGHTS)[number]

/** What a caller may do. Its repositories are given only to who names the right that is needed. */
export class Grant {
  readonly #rights: ReadonlySet<Right>
  readonly #scope: RepositoryScope

  constructor(rights: Iterable<Right>, scope: RepositoryScope) {
    this.#rights = new Set(rights)
    this.#scope = scope
  }

  /** The repositories that the caller has the right to. @throws RightMissing */
  to(right: Right): RepositoryScope {
    if (!this.#rights.has(right)) throw new RightMissing(right)
    return this.#scope
  }
}

export const EVERYTHING = new Grant(RIGHTS, EVERY_REPOSITORY)
/** What the user may do whose process serves. */
export const OWNERS = new Grant(RIGHTS, ANY_SOURCE)
export const NOTHING = new Grant([], NO_REPOSITORY)

/** The caller is known, and may not do this at all. */
export class RightMissing extends Fault {
  readonly right: Right

  constructor(right: Right) {
    super(
      'insufficient_scope',
      `This token does not have the right to ${right}`,
      `Use a token with the right ${right}; a token of an OIDC issuer needs the scope codebase:${right}`,
    )
    this.right = right
  }
}
