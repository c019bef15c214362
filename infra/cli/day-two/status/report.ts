import type { DockerSettings } from '../../../settings/settings.ts'
import type { ContainerFacts } from '../containers/facts.ts'
import type { Usage } from '../containers/usage.ts'
import { isThere, MODEL, type Part } from '../parts.ts'
import type { ServerSeen } from './server.ts'

export interface StatusReport extends Overall {
  readonly parts: readonly PartReport[]
}

/** What is told of every stack, wherever it runs. */
export interface Overall {
  readonly state: 'ok' | 'degraded' | 'failing' | 'down' | 'absent'
  /** What is wrong, the worst first. */
  readonly problems: readonly Problem[]
  /** Where what can be called is reached, by part. */
  readonly addresses: Readonly<Record<string, string>>
  readonly index?: Pick<ServerSeen, 'repositories' | 'jobs'>
}

export interface Problem {
  readonly state: 'failing' | 'degraded'
  readonly detail: string
}

export interface PartReport {
  readonly part: string
  readonly state: ContainerFacts['state'] | 'missing'
  readonly health?: ContainerFacts['health']
  readonly since?: string
  readonly restarts?: number
  /** Bytes. */
  readonly memory?: number
  readonly memoryLimit?: number
  readonly cpuPercent?: number
  readonly cpuLimit?: number
  readonly image?: string
  readonly digest?: string
}

export interface Seen {
  readonly settings: DockerSettings
  readonly parts: readonly Part[]
  readonly usage: ReadonlyMap<string, Usage>
  /** What the server told, or why it told nothing; absent where it does not run. */
  readonly server?: ServerSeen | { readonly fault: string }
}

/** What all that was seen comes to. */
export function reportOf(seen: Seen): StatusReport {
  const kept = seen.parts.filter((part) => part.name !== MODEL)
  if (!kept.some(isThere)) return { state: 'down', problems: [], parts: [], addresses: {} }
  const problems = worstFirst([...seen.parts.flatMap(problemsOfPart), ...problemsOfServer(seen.server)])
  return {
    state: problems[0]?.state ?? 'ok',
    problems,
    parts: kept.map((part) => reportOfPart(part, seen.usage)),
    addresses: addressesOf(kept),
    ...(seen.server === undefined || 'fault' in seen.server
      ? {}
      : { index: { repositories: seen.server.repositories, jobs: seen.server.jobs } }),
  }
}

export const worstFirst = (problems: readonly Problem[]): readonly Problem[] =>
  problems.toSorted((a, b) => Number(b.state === 'failing') - Number(a.state === 'failing'))

export const failing = (detail: string): Problem => ({ state: 'failing', detail })
export const degraded = (detail: string): Problem => ({ state: 'degraded', detail })

function problemsOfPart({ name, container }: Part): Problem[] {
  if (container === undefined) return [failing(`${name} is missing: \`npm run up\` makes it`)]
  if (name === MODEL) {
    const failed = container.state === 'exited' && container.exitCode !== 0
    return failed ? [degraded('the model was not pulled: `npm run logs model` says why')] : []
  }
  const { state, health, restarts, exitCode, outOfMemory, checkOutput } = container
  if (state !== 'running') {
    const why = outOfMemory ? 'out of memory' : `exit code ${exitCode}`
    return [failing(`${name} is ${state} (${why}): \`npm run logs ${name}\` says why, \`npm run up\` starts it`)]
  }
  if (health === 'unhealthy') return [failing(`${name} is unhealthy: ${checkOutput ?? 'its check says nothing'}`)]
  return [
    ...(health === 'starting' ? [degraded(`${name} is starting`)] : []),
    ...(restarts > 0 ? [degraded(`${name} ended ${restarts} times by itself and was started again`)] : []),
  ]
}

function problemsOfServer(server: Seen['server']): Problem[] {
  if (server === undefined) return []
  if ('fault' in server) return [failing(server.fault)]
  return problemsToldBy(server)
}

/** What a server itself says is wrong. */
export function problemsToldBy({
  health,
  repositories = [],
}: Pick<ServerSeen, 'health'> & Partial<Pick<ServerSeen, 'repositories'>>): Problem[] {
  const reasonOf = ({ state, reason }: { state: string; reason?: string }) => reason ?? state
  return [
    ...(health.draining ? [failing('the server is stopping')] : []),
    ...(health.database.state === 'ready' ? [] : [failing(`database: ${reasonOf(health.database)}`)]),
    ...(health.status === 'degraded' ? [degraded(`no search by meaning: ${reasonOf(health.embedder)}`)] : []),
    ...repositories
      .filter(({ state }) => state === 'failed')
      .map(({ name, fault }) => degraded(`${name}: ${fault?.message}. ${fault?.remedy}`)),
  ]
}

function reportOfPart({ name, container }: Part, usage: ReadonlyMap<string, Usage>): PartReport {
  if (container === undefined) return { part: name, state: 'missing' }
  const { state, health, since, restarts, memoryLimit, cpuLimit, image } = container
  return {
    part: name,
    state,
    ...defined({ health, since: since?.toISOString(), restarts, memoryLimit, cpuLimit }),
    ...usage.get(container.name),
    image: image.reference,
    digest: image.id,
  }
}

export function defined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>
}

function addressesOf(parts: readonly Part[]): Record<string, string> {
  const published = parts
    .filter(isThere)
    .flatMap(({ name, container }) =>
      container.published.map(({ address }) => [name, `${SCHEMES[name] ?? 'http'}://${address}`] as const),
    )
  return Object.fromEntries(published)
}

const SCHEMES: Readonly<Record<string, string>> = { postgres: 'postgres' }
