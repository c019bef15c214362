import type { Containers } from '../containers/containers.ts'
import type { ContainerFacts } from '../containers/facts.ts'
import { briefly } from '../logs/show.ts'
import { isThere, MODEL, type Part, type PartName } from '../parts.ts'
import { shownAge } from '../quantities.ts'
import { type Finding, findings } from './finding.ts'

const { ok, warning, failing } = findings('stack')

const LINES = 3

interface PartTools {
  readonly containers: Pick<Containers, 'log'>
  readonly now: () => Date
}

/** The containers, as the engine sees them. */
export async function checkParts(parts: readonly Part[], tools: PartTools): Promise<Finding[]> {
  if (!parts.some(isThere)) return [warning('containers', 'the stack is down', '`npm run up` starts it')]
  const all = parts.map(async ({ name, container }) => {
    if (container === undefined) return [failing(name, 'its container is missing', '`npm run up` makes it')]
    return name === MODEL ? checkPull(container, tools) : checkPart(name, container, tools)
  })
  return (await Promise.all(all)).flat()
}

async function checkPull(container: ContainerFacts, tools: PartTools): Promise<Finding[]> {
  if (container.state !== 'exited' || container.exitCode === 0) return []
  const remedy = 'Correct codebase-mcp:ollama.model, or see that its registry can be reached; then `npm run up`'
  return [failing(MODEL, `not pulled${await lastWords(container, tools)}`, remedy)]
}

async function checkPart(name: PartName, container: ContainerFacts, tools: PartTools): Promise<Finding[]> {
  const { state, health, restarts, outOfMemory, exitCode, since } = container
  if (outOfMemory || (state !== 'running' && exitCode === OUT_OF_MEMORY)) {
    const words = `killed (exit code ${exitCode}), ${outOfMemory ? '' : 'maybe '}for want of memory`
    return [failing(name, `${words}${await lastWords(container, tools)}`, memoryRemedy(name))]
  }
  if (state !== 'running') {
    const detail = `${state} (exit code ${exitCode})${await lastWords(container, tools)}`
    return [failing(name, detail, '`npm run up` starts it')]
  }
  if (health === 'unhealthy') {
    const detail = `unhealthy: ${container.checkOutput ?? ''}${await lastWords(container, tools)}`
    return [failing(name, detail, `\`npm run logs ${name}\` tells more; \`npm run up\` replaces it`)]
  }
  if (restarts > 0) {
    const detail = `ended ${restarts} times by itself${await lastWords(container, tools)}`
    return [warning(name, detail, `\`npm run logs -- --since 1h ${name}\` tells more`)]
  }
  const age = since === undefined ? '' : ` for ${shownAge((tools.now().getTime() - since.getTime()) / 1000)}`
  return [ok(name, `${health ?? 'running'}${age}`)]
}

/** 128 and SIGKILL, which also `docker kill` sends. */
const OUT_OF_MEMORY = 137

function memoryRemedy(name: PartName): string {
  const setting = name === 'prometheus' || name === 'grafana' ? 'monitoring' : name
  return `Where nobody killed it, raise codebase-mcp:${setting}.memory; then \`npm run up\``
}

async function lastWords({ name }: ContainerFacts, { containers }: PartTools): Promise<string> {
  const lines = await containers.log(name, { tail: LINES })
  return lines.length === 0 ? '' : `, after:\n${lines.map(({ text }) => briefly(text)).join('\n')}`
}
