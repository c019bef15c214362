import type { ContainerFacts } from '../../docker/engine/facts.ts'
import { MODEL, PARTS, wantedParts } from '../../docker/parts.ts'
import { defined } from '../../fields.ts'
import { findings } from '../../finding.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import type { Instance, Part, Trouble } from '../target.ts'

/** Returns the parts that should run or do run, given the containers of the stack. */
export function partsOf(settings: DockerSettings, containers: readonly ContainerFacts[]): Part[] {
  const wanted = wantedParts(settings)
  const find = (part: string) => containers.find(({ name }) => name === `${settings.name}-${part}`)
  // The stack is down.
  if (PARTS.every((name) => find(name) === undefined)) return []
  return PARTS.flatMap((name): Part[] => {
    const container = find(name)
    if (container === undefined) return wanted.includes(name) ? [{ name, wanted: 1, instances: [] }] : []
    const [address] = container.published
    const url = address === undefined ? {} : { url: `${name === 'postgres' ? 'postgres' : 'http'}://${address}` }
    return [{ name, wanted: 1, instances: [instanceOf(settings, container)], ...url }]
  })
}

function instanceOf(
  settings: DockerSettings,
  { name, health, restarts, image, ...container }: ContainerFacts,
): Instance {
  const { state, since, memoryLimit, cpuLimit, exitCode, outOfMemory } = container
  const hasEnded = state === 'exited' || state === 'dead'
  return {
    id: name,
    state: state === 'running' ? (health ?? state) : state,
    isRunning: state === 'running',
    isReady: state === 'running' && (health ?? 'healthy') === 'healthy',
    restarts,
    // The engine reports a locally built image by its digest, which tells the user nothing.
    image: image.startsWith('sha256:') && 'name' in settings.image ? settings.image.name : image,
    ...defined({ since, memoryLimit, cpuLimit }),
    ...(hasEnded ? { ended: { reason: outOfMemory ? 'out of memory' : 'ended', exitCode } } : {}),
  }
}

/** 128 + SIGKILL. `docker kill` also causes it. */
const OUT_OF_MEMORY = 137

const { failing } = findings('stack')

/** Returns the problems of a stack's containers. @param command formats an `npm run` command for this stack */
export function troublesOf(
  settings: DockerSettings,
  containers: readonly ContainerFacts[],
  command: Command,
): Trouble[] {
  return [...PARTS, MODEL].flatMap((part) => {
    const container = containers.find(({ name }) => name === `${settings.name}-${part}`)
    // Some containers only carry files and are never started.
    if (container === undefined || container.state === 'created') return []
    const words = wordsOf(part, container, command)
    if (words === undefined) return []
    return [{ ...failing(part, ...words), key: `${container.id} ${words[0]}`, log: container.name }]
  })
}

type Command = (name: string, ...words: string[]) => string

function wordsOf(
  part: string,
  container: ContainerFacts,
  command: Command,
): [detail: string, remedy: string] | undefined {
  const { state, health, exitCode, outOfMemory, checkOutput } = container
  const up = command('up')
  if (part === MODEL) {
    const remedy = `Correct codebase-mcp:ollama.model, or make sure that its registry can be reached; then run \`${up}\``
    return state === 'exited' && exitCode !== 0 ? ['the model was not pulled', remedy] : undefined
  }
  const logs = `\`${command('logs', part)}\` shows why`
  if (state === 'running') {
    if (health !== 'unhealthy') return undefined
    return [
      `${part} is unhealthy: ${checkOutput ?? 'its health check gives no reason'}`,
      `${logs}; \`${up}\` replaces it`,
    ]
  }
  const memory = `raise codebase-mcp:${part === 'prometheus' || part === 'grafana' ? 'monitoring' : part}.memory`
  if (outOfMemory) return [`${part} is ${state} (out of memory)`, `${capital(memory)}; then run \`${up}\``]
  const hint = exitCode === OUT_OF_MEMORY ? `. If nobody killed it, it probably ran out of memory: ${memory}` : ''
  return [`${part} is ${state} (exit code ${exitCode})`, `${logs}; \`${up}\` starts it${hint}`]
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)
