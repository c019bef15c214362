import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, Repository } from './client.ts'
import { type Times, timesOf } from './times.ts'

interface Sample {
  readonly at: number
  readonly ms: number
}

/** What callers saw while the server was busy. */
export interface Seen {
  readonly livez: Times
  readonly search: Times
  readonly repositories: Times
  /** Event loop delay of this process. Times below it say nothing about the server. */
  readonly ownDelayMs: number
}

export interface Polls {
  /** Resolves when every chunk of every repository has a vector. */
  readonly embedded: Promise<number>
  /** Stops polling and returns what callers saw between two moments. */
  end(from: number, to: number): Promise<Seen>
}

const LIVEZ_EVERY_MS = 10
const SEARCH_PAUSE_MS = 50
const REPOSITORIES_PAUSE_MS = 100
const FAILED_PAUSE_MS = 200

/** Polls health every 10 ms without waiting for earlier answers. Searches and lists, one call at a time. */
export function startPolls(client: Client, questions: readonly string[]): Polls {
  const livez: Sample[] = []
  const search: Sample[] = []
  const repositories: Sample[] = []
  const done = new AbortController()
  const embedded = Promise.withResolvers<number>()
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()

  const keep = async <Value>(samples: Sample[], call: () => Promise<{ value: Value; ms: number }>) => {
    const at = performance.now()
    const { value, ms } = await call()
    samples.push({ at, ms })
    return value
  }
  const timer = setInterval(() => {
    keep(livez, () => client.livez()).catch(() => {})
  }, LIVEZ_EVERY_MS)
  const searching = whileGoing(done.signal, SEARCH_PAUSE_MS, (round) =>
    keep(search, () => client.search(questions[round % questions.length] ?? '')),
  )
  const listing = whileGoing(done.signal, REPOSITORIES_PAUSE_MS, async () => {
    if (allEmbedded(await keep(repositories, () => client.repositories()))) embedded.resolve(performance.now())
  })
  return {
    embedded: embedded.promise,
    end: async (from, to) => {
      clearInterval(timer)
      done.abort()
      await Promise.all([searching, listing])
      delay.disable()
      const within = (samples: readonly Sample[]) =>
        timesOf(samples.flatMap(({ at, ms }) => (at + ms >= from && at <= to ? [ms] : [])))
      return {
        livez: within(livez),
        search: within(search),
        repositories: within(repositories),
        ownDelayMs: delay.max / 1e6,
      }
    },
  }
}

function allEmbedded(repositories: readonly Repository[]): boolean {
  return repositories.length > 0 && repositories.every((each) => each.chunks > 0 && each.embedded >= each.chunks)
}

async function whileGoing(signal: AbortSignal, pauseMs: number, work: (round: number) => Promise<unknown>) {
  for (let round = 0; !signal.aborted; round++) {
    // If a call fails because the server has ended, so will the next. `Server.failed` reports that.
    await work(round).catch(() => sleep(FAILED_PAUSE_MS))
    await sleep(pauseMs)
  }
}
