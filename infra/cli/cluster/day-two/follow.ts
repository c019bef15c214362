import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { LogLine } from '../../day-two/containers/log-lines.ts'
import type { Kubectl } from '../kubectl.ts'

/** A container whose log is followed. */
export interface Followed {
  readonly part: string
  /** Of its pod, and after a "/" its own. */
  readonly name: string
  /** How often it was started again; its log begins anew each time. */
  readonly times: number
}

interface FollowTools<Source extends Followed> {
  /** Those that there are now. */
  readonly sources: () => Promise<readonly Source[]>
  /** The last line that is known of a part. */
  readonly lastKnown: ReadonlyMap<string, LogLine>
  /** From when on lines count where none is known. */
  readonly since: string | undefined
  readonly signal: AbortSignal
  readonly kubectl: Pick<Kubectl, 'follow'>
  readonly pause: (signal: AbortSignal) => Promise<void>
}

interface Arrived<Source> {
  readonly source: Source
  readonly line: LogLine
}

/** What containers write from now on, as it comes, also those that start meanwhile, until the signal ends it. */
export function followComing<Source extends Followed>(tools: FollowTools<Source>): AsyncIterable<Arrived<Source>> {
  const merged = new PassThrough({ objectMode: true })
  void pourComing(tools, merged).then(
    () => merged.end(),
    (error: Error) => merged.destroy(error),
  )
  return merged
}

async function pourComing<Source extends Followed>(tools: FollowTools<Source>, merged: PassThrough): Promise<void> {
  const { sources, signal, pause } = tools
  const poured = new Map<string, Promise<void>>()
  while (!signal.aborted) {
    for (const source of await sources()) {
      const key = `${source.name} ${source.times}`
      if (!poured.has(key)) poured.set(key, pour(source, tools, merged))
    }
    await pause(signal)
  }
  await Promise.all(poured.values())
}

async function pour<Source extends Followed>(
  source: Source,
  { lastKnown, since, signal, kubectl }: FollowTools<Source>,
  merged: PassThrough,
): Promise<void> {
  const known = lastKnown.get(source.part)
  for await (const line of kubectl.follow(source.name, known?.time ?? since, signal)) {
    // What is asked for begins with the second of the last line, and so with lines that are known.
    if (known !== undefined && line.time <= known.time) continue
    if (merged.destroyed) return
    if (!merged.write({ source, line })) await once(merged, 'drain')
  }
}
