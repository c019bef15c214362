import { Fault } from '../../errors.ts'
import { parseGitUrl } from '../../git-url.ts'
import { SECOND } from '../../units.ts'
import type { Remotes } from './remotes.ts'

const LOOK_EVERY_MS = 10 * SECOND
const LOOK_MS = 10 * SECOND

interface AwayParts {
  readonly remotes: Pick<Remotes, 'tip'>
  /** Called when a server answers again, with the prefix of its repositories' sources. */
  readonly onBack: (server: string) => Promise<void>
  readonly now: () => number
}

/** Git servers that could not be reached. Each is checked through one of its repositories, on behalf of all. */
export class AwayServers {
  readonly #parts: AwayParts
  readonly #away = new Map<string, { readonly source: string; readonly lookAt: number }>()

  constructor(parts: AwayParts) {
    this.#parts = parts
  }

  /** Records the server of a source if the error says that it could not be reached. */
  note(source: string, error: unknown): void {
    if (!isAway(error) || this.#away.has(serverOf(source))) return
    this.#wait(source)
  }

  async look(signal: AbortSignal): Promise<void> {
    const due = [...this.#away].filter(([, { lookAt }]) => this.#parts.now() >= lookAt)
    await Promise.all(due.map(([server, { source }]) => this.#lookFor(server, source, signal)))
  }

  async #lookFor(server: string, source: string, signal: AbortSignal): Promise<void> {
    const { remotes, onBack } = this.#parts
    try {
      await remotes.tip(parseGitUrl(source), AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]))
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Fault) || isAway(error)) {
        this.#wait(source)
        return
      }
    }
    await onBack(server)
    this.#away.delete(server)
  }

  #wait(source: string): void {
    this.#away.set(serverOf(source), { source, lookAt: this.#parts.now() + LOOK_EVERY_MS })
  }
}

const isAway = (error: unknown) =>
  error instanceof Fault && (error.code === 'remote_unreachable' || error.code === 'remote_timeout')

/** Returns the common prefix of the sources of a server's repositories. */
function serverOf(source: string): string {
  return /^[^/]*\/\/[^/]*\//.exec(source)?.[0] ?? source
}
