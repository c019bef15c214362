import type { Config } from '../../config.ts'
import { Fault } from '../../errors.ts'
import { listen } from '../../http/server.ts'
import { SECOND } from '../../units.ts'
import { type Check, type Finding, failing, findingOf, ok, warning } from './check.ts'
import type { Installation, ServerSeen } from './installation.ts'
import { healthOf } from './probe.ts'
import { SERVER_VARIABLES } from './settings.ts'

export function serverCheck({ setup, faulty, server }: Installation): Check {
  return {
    name: 'server',
    deadlineMs: 8 * SECOND,
    late: { state: 'failing', remedy: "See that server's log" },
    variables: SERVER_VARIABLES,
    look: async () => [await serverFinding(await server, setup.config, !faulty.has('PORT'))],
  }
}

/** Checks whether a server runs, and if not, whether one could start. */
async function serverFinding(seen: ServerSeen | undefined, config: Config, hasPort: boolean): Promise<Finding> {
  if (seen === undefined && hasPort) return ok('server', 'none is running; the next one uses any free port')
  if (seen === undefined) return warning('server', 'not checked, because PORT cannot be used', 'See settings')
  const { address, listener, from } = seen
  const { url } = address
  if (listener === 'nothing') return from === 'PORT' ? portFinding(config) : silentFinding(url, from)
  if (listener === 'other') return strangerFinding(url, from, config.http.port)
  if (listener === 'worker') return ok('server', `a worker answers at ${url}, and workers do not serve MCP`)
  if (isNeighbour(seen, config)) return neighbourFinding(url, config)
  return healthFinding(url)
}

/** Whether the server uses a different data folder, because nobody has announced it in this one. */
export function isNeighbour({ listener, from }: ServerSeen, { database }: Config): boolean {
  return listener === 'server' && from === 'PORT' && database.kind === 'embedded'
}

async function healthFinding(url: string): Promise<Finding> {
  const health = await healthOf(url)
  if (health === undefined) return failing('server', `${url} does not report its health`, "See that server's log")
  if (health.draining) return warning('server', `${url} is shutting down`, 'Start it again')
  const detail = `${url} answers: ${health.status}`
  return health.status === 'failing'
    ? failing('server', detail, 'See database, and the log of that server')
    : ok('server', detail)
}

/** Tries to listen as the server would. */
async function portFinding({ http }: Config): Promise<Finding> {
  try {
    const server = await listen((_, response) => response.destroy(), http, { warn: () => {} })
    await server.close(AbortSignal.abort())
    return ok('server', `none is running; port ${http.port} of ${http.host} is free`)
  } catch (error) {
    if (error instanceof Fault && error.code === 'port_in_use') {
      const detail = `${error.message} by something that is not this service`
      return failing('server', detail, error.remedy)
    }
    return findingOf('server', error)
  }
}

function silentFinding(url: string, from: ServerSeen['from']): Finding {
  const detail = `${url} does not answer`
  if (from === 'SERVER_URL') return failing('server', detail, 'Start the server there, or correct SERVER_URL')
  const remedy = 'Stop that process and start the server again; its log may say why'
  return failing('server', `${detail}, although the process of that server is alive`, remedy)
}

function strangerFinding(url: string, from: ServerSeen['from'], port: number): Finding {
  const remedy =
    from === 'PORT'
      ? `Stop what uses it, or choose another one: --port ${port + 1}, or PORT=${port + 1}`
      : 'Correct SERVER_URL: it is the address of the server'
  return failing('server', `what answers at ${url} is not this service`, remedy)
}

function neighbourFinding(url: string, { database }: Config): Finding {
  const folder = database.kind === 'embedded' ? database.folder : ''
  return warning(
    'server',
    `${url} answers, but it is not the server of the data folder ${folder}`,
    'Set PORT to another one to serve this data folder too, or SERVER_URL to use that server',
  )
}
