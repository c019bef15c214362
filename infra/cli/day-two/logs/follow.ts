import { inArrival } from '../containers/arrival.ts'
import type { Containers } from '../containers/containers.ts'
import type { LogLine } from '../containers/log-lines.ts'

export interface Followed<Name> {
  readonly part: Name
  readonly container: string
  /** The last line that is known; all lines are new where it is absent. */
  readonly last?: LogLine | undefined
  /** From when on lines count where none is known. */
  readonly since?: string | undefined
}

export interface FollowTools {
  readonly containers: Pick<Containers, 'follow'>
  readonly signal: AbortSignal
  /** Waits until the container runs, again or for the first time. */
  readonly untilRunning: (container: string) => Promise<void>
  /** Tells that the container has stopped. */
  readonly onStop: (container: string) => void
}

/** What the containers write from now on, as it comes; one that stops is followed again when it is back. */
export function followAll<Name>(
  followed: readonly Followed<Name>[],
  tools: FollowTools,
): AsyncIterable<LogLine & { readonly part: Name }> {
  return inArrival(followed.map((each) => followOne(each, tools)))
}

async function* followOne<Name>({ part, container, last, since }: Followed<Name>, tools: FollowTools) {
  const { containers, signal, untilRunning, onStop } = tools
  let seen = last
  while (!signal.aborted) {
    const known = seen
    let isNew = known === undefined
    for await (const line of containers.follow(container, known?.time ?? since, signal)) {
      // What is asked for begins with the moment of the last line, and so with lines that are known.
      isNew ||= known !== undefined && line.time > known.time
      if (isNew) yield { ...line, part }
      seen = line
    }
    if (signal.aborted) return
    onStop(container)
    await untilRunning(container)
  }
}
