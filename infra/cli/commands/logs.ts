import { PassThrough } from 'node:stream'
import { Refused } from '../../faults.ts'
import { byTime, type LogLine } from '../../log-lines.ts'
import { npmRun } from '../../printed-commands.ts'
import { pourInto } from '../../processes.ts'
import { type PartLine, type Show, showJson, showLines } from '../report/show-logs.ts'
import type { Source, Target, Tools } from '../target.ts'

export interface LogsOptions {
  readonly follow?: boolean
  readonly since?: string
  /** Maximum number of lines of each part. Infinity for all of them. */
  readonly tail?: number
  readonly json?: boolean
}

const LINES = 200

/** Prints the logs of the stack's parts in chronological order, with the part's name before each line. */
export async function logs(tools: Tools, options: LogsOptions): Promise<number> {
  const { asked, terminal } = tools
  const target = await tools.targetOf(tools.settings())
  const unknown = asked.passed.find((name) => !target.partNames.includes(name))
  if (unknown !== undefined) {
    const known = target.partNames.join(', ')
    throw new Refused(`The stack has no part ${JSON.stringify(unknown)}; its parts are ${known}`)
  }
  const sources = await target.sources(asked.passed)
  if (sources.length === 0) throw new Refused(nothing(tools))
  const { since, tail = since === undefined ? LINES : Infinity } = options
  const window = { since, tail: Number.isFinite(tail) ? tail : undefined }
  const read = sources.map(async ({ part, id }) => (await target.log(id, window)).map((line) => ({ ...line, part })))
  const known = byTime((await Promise.all(read)).flat())
  const show = options.json ? showJson : showLines([...new Set(sources.map(({ part }) => part))], terminal.hasColours)
  for (const line of known) terminal.print(show(line))
  if (options.follow) await follow(tools, target, { known, show, since })
  return 0
}

function nothing({ asked }: Tools): string {
  const { passed, stack } = asked
  if (passed.length > 0)
    return `There are no logs of ${passed.join(', ')}: no container exists, and finished ones may have been removed`
  return `The stack ${stack} is down and has no logs: \`${npmRun(asked, 'up')}\` starts it`
}

interface Following {
  readonly known: readonly PartLine[]
  readonly show: Show
  readonly since: string | undefined
}

/** Prints new lines until the user interrupts the command or stdout is closed. */
async function follow({ asked, terminal }: Tools, target: Target, { known, show, since }: Following): Promise<void> {
  const interruption = terminal.interruption()
  const signal = AbortSignal.any([interruption.signal, terminal.unread])
  const last = new Map(known.map((line) => [line.part, line]))
  const coming = followComing({
    sources: () => target.sources(asked.passed),
    lines: (source) => target.follow(source.id, last.get(source.part)?.time ?? since, signal),
    isNew: ({ part }, { time }) => time > (last.get(part)?.time ?? ''),
    pause: () => terminal.pause(signal),
    signal,
  })
  try {
    for await (const { source, line } of coming) {
      last.set(source.part, { ...line, part: source.part })
      terminal.print(show({ ...line, part: source.part }))
    }
  } finally {
    interruption.over()
  }
}

interface Coming {
  /** Returns the current sources. */
  readonly sources: () => Promise<readonly Source[]>
  readonly lines: (source: Source) => AsyncIterable<LogLine>
  /**
   * Whether a line is new. A follow starts at the second of the last line, so it repeats lines that were already
   * printed.
   */
  readonly isNew: (source: Source, line: LogLine) => boolean
  readonly pause: () => Promise<void>
  readonly signal: AbortSignal
}

interface Arrived {
  readonly source: Source
  readonly line: LogLine
}

/** Follows sources, including those that start later, until the signal aborts. */
export function followComing({ sources, lines, isNew, pause, signal }: Coming): AsyncIterable<Arrived> {
  const merged = new PassThrough({ objectMode: true })
  async function* of(source: Source): AsyncGenerator<Arrived> {
    let isKnown = true
    for await (const line of lines(source)) {
      isKnown &&= !isNew(source, line)
      if (!isKnown) yield { source, line }
    }
  }
  const pourAll = async () => {
    const poured = new Map<string, Promise<void>>()
    while (!signal.aborted) {
      for (const source of await sources()) {
        const key = `${source.id} ${source.run}`
        if (!poured.has(key)) poured.set(key, pourInto(merged, of(source)))
      }
      await pause()
    }
    await Promise.all(poured.values())
  }
  void pourAll().then(
    () => merged.end(),
    (error: Error) => merged.destroy(error),
  )
  return merged
}
