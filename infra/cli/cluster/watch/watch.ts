import { indented } from '../../failures.ts'
import { Refused } from '../../faults.ts'
import type { Progress } from '../../progress.ts'
import type { Kubectl } from '../kubectl.ts'
import { takeSnapshot } from './snapshot.ts'
import { type Trouble, troublesOf } from './troubles.ts'
import { waitingFor } from './waiting.ts'

const LINES = 15

/** Clocks of nodes and of this machine differ. */
const CLOCKS_APART_MS = 60_000

interface Watched {
  readonly stack: string
  readonly kubectl: Pick<Kubectl, 'list' | 'log'>
  readonly print: (text: string) => void
  readonly now: Date
}

/** Tells of each trouble of a stack once, with the end of the log that says more. */
export class Watch {
  readonly #told = new Set<string>()
  readonly #watched: Watched
  readonly #since: Date

  /** From now on. */
  constructor(watched: Watched) {
    this.#watched = watched
    this.#since = new Date(watched.now.getTime() - CLOCKS_APART_MS)
  }

  /** Looks once. @throws Refused where the cluster does not answer */
  async look(progress?: Pick<Progress, 'hear'>): Promise<void> {
    const { stack, kubectl, print } = this.#watched
    const snapshot = await takeSnapshot(stack, kubectl)
    for (const [name, words] of waitingFor(snapshot)) progress?.hear(name, words)
    for (const trouble of troublesOf(snapshot, this.#since)) {
      if (this.#told.has(trouble.key)) continue
      this.#told.add(trouble.key)
      print(await this.#shown(trouble))
    }
  }

  async #shown({ detail, remedy, log }: Trouble): Promise<string> {
    if (log === undefined) return `\n${detail}\n  ${remedy}.`
    return `\n${detail}. Its last lines:\n${indented(await this.#lastLines(log))}\n  ${remedy}.`
  }

  async #lastLines(log: string): Promise<string> {
    try {
      const lines = await this.#watched.kubectl.log(log, { tail: LINES })
      return lines.map(({ text }) => text).join('\n')
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return error.message
    }
  }
}
