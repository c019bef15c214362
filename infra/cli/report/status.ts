import type { Outside } from '../../client-settings.ts'
import { defined } from '../../fields.ts'
import { inWords } from '../../finding.ts'
import { npmRun } from '../../printed-commands.ts'
import type { Asked } from '../arguments.ts'
import type { Part, Target, Trouble, Usage } from '../target.ts'
import { askServer, type ServerReport } from './server.ts'

/** Status of a stack on any target. */
export interface Report {
  readonly state: 'ok' | 'degraded' | 'failing' | 'down' | 'absent'
  /** Problems, the worst ones first. */
  readonly problems: readonly Problem[]
  readonly parts: readonly PartReport[]
  /** Addresses of the parts that accept connections, by part. */
  readonly addresses: Readonly<Record<string, string>>
  readonly outside?: Outside
  readonly index?: Pick<ServerReport, 'repositories' | 'jobs' | 'sources'>
}

interface Problem {
  readonly state: 'failing' | 'degraded'
  readonly detail: string
}

export interface PartReport {
  readonly part: string
  readonly ready: number
  readonly wanted?: number
  /**
   * State as the engine or cluster names it. If there are several instances, that of the first one that is not ready.
   */
  readonly state: string
  readonly since?: string
  readonly restarts: number
  readonly ended?: Part['instances'][number]['ended']
  /** In bytes. */
  readonly memory?: number
  readonly memoryLimit?: number
  readonly cpuPercent?: number
  readonly cpuLimit?: number
  readonly image?: string
}

const NOTHING = { problems: [], parts: [], addresses: {} }
const RECENTLY_MS = 10 * 60_000

/** Collects the status of a stack. @throws Refused if the target cannot be reached */
export async function lookAt(target: Target, asked: Asked, isRunning: boolean, now: Date): Promise<Report> {
  const parts = await target.parts()
  if (isDown(parts) || !isRunning) return { ...NOTHING, state: (await target.isMade()) ? 'down' : 'absent' }
  const [troubles, usage, server] = await Promise.all([
    target.look(new Date(now.getTime() - RECENTLY_MS)),
    target.usage(parts),
    askServer(target, parts),
  ])
  const problems = [...ofParts(parts, troubles, asked), ...ofServer(server)].toSorted(
    (a, b) => Number(b.state === 'failing') - Number(a.state === 'failing'),
  )
  return {
    state: problems[0]?.state ?? 'ok',
    problems,
    parts: parts.map((part) => reportOf(part, usage)),
    addresses: Object.fromEntries(parts.flatMap(({ name, url }) => (url === undefined ? [] : [[name, url]]))),
    ...defined({ outside: target.outside }),
    ...indexOf(server),
  }
}

/** Whether no part of a stack runs or should run. */
export const isDown = (parts: readonly Part[]) =>
  parts.every(({ wanted = 0, instances }) => wanted === 0 && instances.length === 0)

const failing = (detail: string): Problem => ({ state: 'failing', detail })
const degraded = (detail: string): Problem => ({ state: 'degraded', detail })

/** Parts without which the server cannot answer properly. Without the others it only lacks a feature. */
const VITAL: readonly string[] = ['postgres', 'ollama', 'server']

/** A problem is only a degradation while another instance of the part is ready. */
const problemOf = ({ name, instances }: Part) =>
  VITAL.includes(name) && !instances.some(({ isReady, state }) => isReady || state === 'starting') ? failing : degraded

function ofParts(parts: readonly Part[], troubles: readonly Trouble[], asked: Asked): Problem[] {
  const short = parts.flatMap((part) => {
    const words = troubles.some(({ name }) => name === part.name) ? undefined : shortage(part, asked)
    return words === undefined ? [] : [problemOf(part)(`${part.name}: ${words}`)]
  })
  const ofTroubles = troubles.map((trouble) => {
    const part = parts.find(({ name }) => name === trouble.name)
    return (part === undefined ? degraded : problemOf(part))(inWords(trouble))
  })
  return [...short, ...ofTroubles]
}

/** Describes what a part lacks. Undefined if it lacks nothing. */
export function shortage({ wanted, instances }: Part, asked: Asked): string | undefined {
  const count = wanted ?? instances.length
  const ready = instances.filter(({ isReady }) => isReady)
  if (count === 0) return undefined
  if (instances.length === 0) return `missing; \`${npmRun(asked, 'up')}\` creates it`
  if (ready.length < count) return count === 1 ? (instances[0]?.state ?? '') : `${ready.length} of ${count} are ready`
  const restarts = instances.reduce((sum, each) => sum + each.restarts, 0)
  return restarts > 0 ? `exited and was restarted (restarts: ${restarts})` : undefined
}

function ofServer(server: ServerReport | { readonly fault: string } | undefined): Problem[] {
  if (server === undefined) return []
  if ('fault' in server) return [failing(server.fault)]
  const { health, repositories = [], sources = [] } = server
  const reasonOf = ({ state, reason }: { state: string; reason?: string }) => reason ?? state
  return [
    ...(health.draining ? [failing('the server is stopping')] : []),
    ...(health.database.state === 'ready' ? [] : [failing(`database: ${reasonOf(health.database)}`)]),
    ...(health.status === 'degraded'
      ? [degraded(`search by meaning is unavailable: ${reasonOf(health.embedder)}`)]
      : []),
    ...repositories
      .filter(({ state }) => state === 'failed')
      .map(({ name, fault }) => degraded(`${name}: ${fault?.message}. ${fault?.remedy}`)),
    ...sources.flatMap(({ url, fault }) =>
      fault === undefined ? [] : [degraded(`${url} cannot be listed: ${fault.message}. ${fault.remedy}`)],
    ),
  ]
}

const stateOf = ({ instances }: Part) => (instances.find(({ isReady }) => !isReady) ?? instances[0])?.state ?? 'missing'

function reportOf(part: Part, usage: ReadonlyMap<string, Usage>): PartReport {
  const { name, wanted, instances } = part
  const used = instances.flatMap(({ id }) => usage.get(id) ?? [])
  const [first] = instances
  const since = instances
    .flatMap((each) => each.since ?? [])
    .toSorted()
    .at(-1)
  return {
    part: name,
    ready: instances.filter(({ isReady }) => isReady).length,
    state: stateOf(part),
    restarts: instances.reduce((sum, { restarts }) => sum + restarts, 0),
    ...defined({
      wanted,
      since,
      ended: instances.findLast(({ ended }) => ended !== undefined)?.ended,
      memoryLimit: first?.memoryLimit,
      cpuLimit: first?.cpuLimit,
      image: first?.image,
    }),
    ...(used.length === 0
      ? {}
      : {
          memory: used.reduce((sum, { memory }) => sum + memory, 0),
          cpuPercent: used.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0),
        }),
  }
}

function indexOf(server: ServerReport | { readonly fault: string } | undefined): Pick<Report, 'index'> {
  if (server === undefined || 'fault' in server) return {}
  const { repositories, jobs, sources } = server
  return repositories === undefined || jobs === undefined
    ? {}
    : { index: { repositories, jobs, ...(sources && { sources }) } }
}
