import type { KubernetesSettings } from '../../../settings/settings.ts'
import type { Asked } from '../../arguments.ts'
import { byTime } from '../../day-two/containers/log-lines.ts'
import { type PartLine, type Show, showJson, showLines } from '../../day-two/logs/show.ts'
import { type LogsOptions, windowOf } from '../../day-two/logs/window.ts'
import type { DayTwoTools } from '../../day-two/tools.ts'
import { Refused } from '../../faults.ts'
import type { Kubectl } from '../kubectl.ts'
import { componentOf, type Pod, selectorOf } from '../objects.ts'
import { type Followed, followComing } from './follow.ts'
import { COMPONENTS, isLasting } from './parts.ts'
import { reach } from './stack.ts'

/** A container that has begun, or several of them one after the other under the same name. */
interface Source extends Followed {
  readonly part: string
}

/** What the pods of a stack on Kubernetes wrote, by time, each line with the name of its part and, of several, of its pod. */
export async function clusterLogs(
  settings: KubernetesSettings,
  asked: Asked,
  tools: DayTwoTools,
  options: LogsOptions,
): Promise<number> {
  const unknown = asked.passed.find((name) => !COMPONENTS.includes(name))
  if (unknown !== undefined) {
    throw new Refused(`The stack has no part ${JSON.stringify(unknown)}; its parts are ${COMPONENTS.join(', ')}`)
  }
  const kubectl = await reach(settings, tools)
  const sources = () => sourcesOf(settings.name, asked.passed, kubectl)
  const now = await sources()
  if (now.length === 0) throw new Refused(nothing(settings.name, asked.passed))
  const show = options.json ? showJson : showLines([...new Set(now.map(({ part }) => part))], tools.hasColours)
  const lines = await linesOf(now, kubectl, options)
  for (const line of byTime(lines)) tools.terminal.print(show(line))
  if (options.follow) await follow({ sources, lines, show, since: options.since, tools, kubectl })
  return 0
}

const nothing = (stack: string, parts: readonly string[]) =>
  parts.length === 0
    ? `The stack ${stack} is down and has no logs: \`npm run up\` starts it`
    : `There are no pods of ${parts.join(', ')}, and so no logs: what ran to its end may have been removed`

/** Those of what keeps running where no part is named. */
async function sourcesOf(stack: string, parts: readonly string[], { list }: Pick<Kubectl, 'list'>): Promise<Source[]> {
  const pods = await list<Pod>(['pods'], selectorOf(stack))
  const chosen = pods.filter((pod) =>
    parts.length === 0 ? isLasting(componentOf(pod)) : parts.includes(componentOf(pod)),
  )
  const several = (part: string) => chosen.filter((pod) => componentOf(pod) === part).length > 1
  return chosen.flatMap((pod) => {
    const part = componentOf(pod)
    const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]
    // One that waits for its first start has no log that could be read.
    const begun = statuses.filter(({ state, restartCount }) => state?.waiting === undefined || restartCount > 0)
    return begun.map(({ name, restartCount }) => ({
      part: several(part) ? `${part}/${lastOf(pod.metadata.name)}` : part,
      name: `${pod.metadata.name}/${name}`,
      times: restartCount,
    }))
  })
}

const lastOf = (pod: string) => pod.split('-').at(-1) ?? pod

async function linesOf(
  sources: readonly Source[],
  { log }: Pick<Kubectl, 'log'>,
  options: LogsOptions,
): Promise<PartLine[]> {
  const window = windowOf(options)
  const logs = sources.map(async ({ part, name }) => (await log(name, window)).map((line) => ({ ...line, part })))
  return (await Promise.all(logs)).flat()
}

interface Following {
  readonly sources: () => Promise<readonly Source[]>
  readonly lines: readonly PartLine[]
  readonly show: Show
  readonly since: string | undefined
  readonly tools: DayTwoTools
  readonly kubectl: Pick<Kubectl, 'follow'>
}

/** Goes on until somebody ends it, or nobody reads any more. */
async function follow({ sources, lines, show, since, tools, kubectl }: Following): Promise<void> {
  const interruption = tools.interruption()
  const signal = AbortSignal.any([interruption.signal, tools.unread])
  const lastKnown = new Map(lines.map((line) => [line.part, line]))
  try {
    for await (const { source, line } of followComing({
      sources,
      lastKnown,
      since,
      signal,
      kubectl,
      pause: (until) => tools.pause(until),
    })) {
      tools.terminal.print(show({ ...line, part: source.part }))
    }
  } finally {
    interruption.over()
  }
}
