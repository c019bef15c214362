import { Fault } from '../errors.ts'
import { ANY_SOURCE, EVERY_REPOSITORY, NO_REPOSITORY, type RepositoryScope } from './repository-scope.ts'

/** `read` allows searching, reading and status. `index` allows updating, adding and removing repositories. */
export const RIGHTS = ['read', 'index'] as const
export type Right = (typeof RIGHTS)[number]

/** What a caller may do. To get its repositories, name the right you need. */
export class Grant {
  readonly #rights: ReadonlySet<Right>
  readonly #scope: RepositoryScope

  constructor(rights: Iterable<Right>, scope: RepositoryScope) {
    this.#rights = new Set(rights)
    this.#scope = scope
  }

  /** Returns the repositories for which the caller has the right. @throws RightMissing */
  to(right: Right): RepositoryScope {
    if (!this.#rights.has(right)) throw new RightMissing(right)
    return this.#scope
  }
}

export const EVERYTHING = new Grant(RIGHTS, EVERY_REPOSITORY)
/** Grant of the user who runs the process. */
export const OWNERS = new Grant(RIGHTS, ANY_SOURCE)
export const NOTHING = new Grant([], NO_REPOSITORY)

/** The caller is authenticated but lacks the right. */
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
