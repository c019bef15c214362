import manifest from '../../../package.json' with { type: 'json' }
import { EVERYTHING } from '../../access/grant.ts'
import { parseJson } from '../../json.ts'
import { TOOLS } from '../../tools/catalogue.ts'
import { SECOND } from '../../units.ts'
import type { ServerAddress } from '../announced-server.ts'
import { TOKEN_REMEDY } from '../remote.ts'
import type { AgentsView } from './agent.ts'
import { type Check, type Finding, failing, ok, warning } from './check.ts'
import type { Installation } from './installation.ts'
import { embedsAt } from './probe.ts'
import { isNeighbour } from './server.ts'
import { SERVER_VARIABLES } from './settings.ts'

const RESTART = 'Restart the server with this version of the service'

/** Connects a real MCP client to the server, or to this process if no server runs. */
export function mcpCheck(installation: Installation): Check {
  return {
    name: 'mcp',
    deadlineMs: 10 * SECOND,
    late: { state: 'failing', remedy: 'See the logs of the server and of the database' },
    variables: SERVER_VARIABLES,
    look: async (signal) => {
      const { config } = installation.setup
      const seen = await installation.server
      if (seen?.listener === 'server' && !isNeighbour(seen, config)) return [await askServer(seen.address, signal)]
      return askHere(installation, signal)
    },
  }
}

async function askServer(address: ServerAddress, signal: AbortSignal): Promise<Finding> {
  const { visitServer } = await import('./agent.ts')
  try {
    const view = await visitServer(address, signal)
    return mcpFinding(`${address.url}/mcp`, view, await embedsAt(address.url))
  } catch (error) {
    return mcpTrouble(address.url, error)
  }
}

async function askHere({ service, setup: { config, log } }: Installation, signal: AbortSignal): Promise<Finding[]> {
  const own = await service
  if (own === undefined) return []
  const { visitInProcess } = await import('./agent.ts')
  const { search, catalogue } = own
  const view = await visitInProcess({ search, catalogue, log, grant: EVERYTHING }, signal)
  return [mcpFinding('inside this process', view, config.embedding.url !== undefined)]
}

/** Reports a successful visit. `embeds` says whether search should also be by meaning. */
function mcpFinding(where: string, { version, tools, connectMs, search }: AgentsView, embeds: boolean): Finding {
  const missing = TOOLS.map(({ name }) => name).filter((name) => !tools.includes(name))
  if (missing.length > 0) return failing('mcp', `${where} does not offer ${missing.join(', ')}`, RESTART)
  if ('refusal' in search) return failing('mcp', `search_code failed: ${search.refusal}`, 'See database and index')
  const { found, ms, modes, degraded } = search
  const detail = `${where}: connected in ${Math.round(connectMs)} ms, ${tools.length} tools, search_code found ${found} in ${Math.round(ms)} ms (${modes.join(' and ')})`
  if (version !== manifest.version) {
    return warning('mcp', `${detail}; it is version ${version}, and this is ${manifest.version}`, RESTART)
  }
  if (degraded === undefined || !embeds) return ok('mcp', detail)
  return warning('mcp', `${detail}; degraded: ${degraded}`, 'See ollama and embeddings')
}

/** Reports why the client failed. If the server refused, its own words are used. */
function mcpTrouble(url: string, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error)
  const problem = problemIn(message)
  if (problem?.code === 'unauthorized' || problem?.code === 'token_invalid') {
    return failing('mcp', `${url} refuses: ${problem.title}`, TOKEN_REMEDY)
  }
  if (problem !== undefined) return failing('mcp', `${url} refuses: ${problem.title}`, problem.remedy)
  return failing('mcp', `an MCP client failed at ${url}: ${message}`, "See that server's log")
}

interface Problem {
  readonly title: string
  readonly remedy: string
  readonly code?: string
}

/** Returns the problem details that a message quotes, if any. */
function problemIn(message: string): Problem | undefined {
  const problem = parseJson(/\{.*\}/s.exec(message)?.[0] ?? '') as Partial<Problem> | undefined
  return typeof problem?.title === 'string' && typeof problem.remedy === 'string' ? (problem as Problem) : undefined
}
