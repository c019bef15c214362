import type { Asked } from '../arguments.ts'
import { byTime } from '../day-two/containers/log-lines.ts'
import { type Followed, followAll } from '../day-two/logs/follow.ts'
import { type PartLine, type Show, showJson, showLines } from '../day-two/logs/show.ts'
import { type LogsOptions, windowOf } from '../day-two/logs/window.ts'
import { isThere, MODEL, type Part, type PartName } from '../day-two/parts.ts'
import { settingsOfStack, stackOnDocker } from '../day-two/stack-on-docker.ts'
import type { DayTwoTools } from '../day-two/tools.ts'
import { Refused } from '../faults.ts'

type There = Required<Part>

/** What the parts of the stack wrote, by time, each line with the name of its part. */
export async function logs(asked: Asked, tools: DayTwoTools, options: LogsOptions): Promise<number> {
  const settings = await settingsOfStack(asked, tools)
  if (settings.target === 'kubernetes') {
    const { clusterLogs } = await import('../cluster/day-two/logs.ts')
    return clusterLogs(settings, asked, tools, options)
  }
  const stack = await stackOnDocker(settings, tools)
  const parts = chosen(asked.passed, stack.parts.filter(isThere), stack.settings.name)
  const names = parts.map(({ name }) => name)
  const show = options.json ? showJson : showLines(names, tools.hasColours)
  const lines = await linesOf(parts, tools, options)
  for (const line of byTime(lines)) tools.terminal.print(show(line))
  if (options.follow) await follow(parts, lines, { tools, options, show, stack: stack.settings.name })
  return 0
}

/** @throws Refused where a name is not that of a part */
function chosen(names: readonly string[], parts: readonly There[], stack: string): readonly There[] {
  if (parts.length === 0) throw new Refused(`The stack ${stack} is down and has no logs: \`npm run up\` starts it`)
  const known = parts.map(({ name }) => name as string)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new Refused(`The stack has no part ${JSON.stringify(unknown)}; its parts are ${known.join(', ')}`)
  }
  return parts.filter(({ name }) => (names.length === 0 ? name !== MODEL : names.includes(name)))
}

async function linesOf(
  parts: readonly There[],
  { containers }: Pick<DayTwoTools, 'containers'>,
  options: LogsOptions,
): Promise<PartLine[]> {
  const window = windowOf(options)
  const logs = parts.map(async ({ name, container }) =>
    (await containers.log(container.name, window)).map((line) => ({ ...line, part: name })),
  )
  return (await Promise.all(logs)).flat()
}

interface Following {
  readonly tools: DayTwoTools
  readonly options: LogsOptions
  readonly show: Show
  readonly stack: string
}

/** Goes on until somebody ends it, or nobody reads any more. */
async function follow(
  parts: readonly There[],
  known: readonly PartLine[],
  { tools, options, show, stack }: Following,
): Promise<void> {
  const interruption = tools.interruption()
  const signal = AbortSignal.any([interruption.signal, tools.unread])
  const followed = parts.map(({ name, container }): Followed<PartName> => {
    const last = known.findLast(({ part }) => part === name)
    return { part: name, container: container.name, last, since: options.since }
  })
  const isRunning = async (container: string) =>
    (await tools.containers.of(stack)).some(({ name, state }) => name === container && state === 'running')
  const untilRunning = async (container: string) => {
    while (!signal.aborted && !(await isRunning(container))) await tools.pause(signal)
  }
  const onStop = (container: string) => tools.notes.note(`${container} has stopped`)
  try {
    for await (const line of followAll(followed, { ...tools, signal, untilRunning, onStop })) {
      tools.terminal.print(show(line))
    }
  } finally {
    interruption.over()
  }
}
