import { Fault } from '../../errors.ts'
import { type GitUrl, gitUrlText } from '../../git-url.ts'
import { MINUTE, SECOND } from '../../units.ts'

/** A question to a server about a repository, which is given up after `limitMs` if that is set. */
type Question<Answer> = (limitMs?: number) => Promise<Answer>

/** A server that could not be reached. */
interface Away {
  /** The repository that missed last. */
  readonly url: GitUrl
  /** Addresses of the repositories that missed since the server last answered. */
  readonly missed: ReadonlySet<string>
  readonly lookAt: number
  readonly tryAt: number
}

const LOOK_EVERY_MS = 10 * SECOND
const TRY_EVERY_MS = MINUTE
const LOOK_MS = 10 * SECOND
/** One repository may be slow by itself. */
const MISSES = 3

/**
 * Git servers that could not be reached. A server that several repositories in a row have missed is asked no more than
 * now and then, so that waiting for it does not hold up the repositories of others.
 */
export class AwayServers {
  readonly #now: () => number
  readonly #away = new Map<string, Away>()

  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** @throws Fault `remote_unreachable` without asking if the server is away */
  async ask<Answer>(url: GitUrl, question: Question<Answer>): Promise<Answer> {
    const away = this.#away.get(serverOf(url))
    const isAway = away !== undefined && away.missed.size >= MISSES
    if (isAway && this.#now() < away.tryAt) throw refused(url)
    if (isAway) this.#away.set(serverOf(url), { ...away, tryAt: this.#now() + TRY_EVERY_MS })
    try {
      const answer = await question(isAway ? LOOK_MS : undefined)
      this.#answered(url)
      return answer
    } catch (error) {
      if (isMiss(error)) this.#missed(url)
      else if (error instanceof Fault) this.#answered(url)
      throw error
    }
  }

  /**
   * Asks each server through a repository that missed it. Calls `onBack` with the beginning of a server's sources once
   * it answers.
   */
  async look(
    question: (url: GitUrl, limitMs: number) => Promise<unknown>,
    onBack: (server: string) => Promise<void>,
  ): Promise<void> {
    const due = [...this.#away].filter(([, { lookAt }]) => this.#now() >= lookAt)
    const lookFor = async ([server, { url }]: (typeof due)[number]) => {
      try {
        await question(url, LOOK_MS)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        if (isMiss(error)) {
          this.#missed(url)
          return
        }
      }
      await onBack(server)
      this.#away.delete(server)
    }
    await Promise.all(due.map(lookFor))
  }

  /** Keeps the server in the list, so that repositories that missed it become due. */
  #answered(url: GitUrl): void {
    const away = this.#away.get(serverOf(url))
    if (away !== undefined) this.#away.set(serverOf(url), { ...away, missed: new Set() })
  }

  #missed(url: GitUrl): void {
    const { missed = [], tryAt = 0 } = this.#away.get(serverOf(url)) ?? {}
    const all = new Set([...missed, url.address].slice(-MISSES))
    const isNew = all.size === MISSES && new Set(missed).size < MISSES
    this.#away.set(serverOf(url), {
      url,
      missed: all,
      lookAt: this.#now() + LOOK_EVERY_MS,
      tryAt: isNew ? this.#now() + TRY_EVERY_MS : tryAt,
    })
  }
}

const isMiss = (error: unknown) =>
  error instanceof Fault && (error.code === 'remote_unreachable' || error.code === 'remote_timeout')

/** Returns the common beginning of the sources of a server's repositories. */
const serverOf = ({ address }: GitUrl) => /^[^/]*\/\/[^/]*\//.exec(address)?.[0] ?? address

function refused(url: GitUrl): Fault {
  return new Fault(
    'remote_unreachable',
    `${gitUrlText(url)} is on a server that gave ${MISSES} repositories in a row no answer`,
    'Check the network path to it, and whether the server is up. Its repositories are indexed as soon as it answers',
  )
}
