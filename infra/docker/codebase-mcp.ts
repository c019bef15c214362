import { type ComponentResourceOptions, log, RunError, runtime } from '@pulumi/pulumi'
import type { DockerArgs } from '../args.ts'
import { obstructed, Refused, refusal } from '../faults.ts'
import { isOnPath } from '../processes.ts'
import { ROOT } from '../project-paths.ts'
import { faultsOfRepositories, locateRepositories } from '../repositories.ts'
import { settingsOfArgs } from '../settings/program-settings.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { type FormerState, formerState } from '../state.ts'
import { brokenOn, clearLeftovers } from './engine/heal.ts'
import { isOfThisMachine, ownEngine } from './engine/own-engine.ts'
import { faultsOfPorts } from './engine/ports.ts'
import { DockerStack, type StackArgs } from './stack.ts'

export interface CodebaseMcpArgs extends DockerArgs {
  /** The folder that relative paths in `repositories` are seen from. @default that of the program */
  readonly folder?: string
}

/** Arguments that are checked. */
class Checked {
  readonly args: StackArgs

  constructor(args: StackArgs) {
    this.args = args
  }
}

/**
 * Codebase MCP on a Docker engine: Postgres, Ollama and the server, in networks of their own. One in a program: what it
 * makes has the same names each time. A provider of Docker among `providers` says which engine.
 * @throws RunError with all that is wrong with the arguments
 */
export class CodebaseMcp extends DockerStack {
  /** Where the server is reached on this machine. */
  readonly url: string
  /** The same for clients of MCP. */
  readonly mcpUrl: string
  /** Ready-to-paste settings of clients. */
  readonly clients: DockerStack['outputs']['clients']
  /** The container of the server. */
  readonly service: string
  /** The network that other containers join in order to reach it, as `server`. */
  readonly network: string

  constructor(name: string, args: CodebaseMcpArgs | Checked = {}, opts?: ComponentResourceOptions) {
    const stackArgs = args instanceof Checked ? args.args : checked(args)
    super(name, stackArgs, opts)
    this.url = this.outputs.url
    this.mcpUrl = this.outputs.mcpUrl
    this.clients = this.outputs.clients
    this.service = `${stackArgs.settings.name}-server`
    this.network = `${stackArgs.settings.name}-internal`
  }

  /**
   * The same, after what a killed run left on the engine of this stack's configuration is cleared away, and what somebody
   * removed or stopped behind Pulumi's back is found: that is made anew.
   * @throws RunError also where what is on the engine belongs to another state
   */
  static async healed(name: string, args: CodebaseMcpArgs = {}, opts?: ComponentResourceOptions): Promise<CodebaseMcp> {
    const stackArgs = checked(args)
    try {
      const remade = await heal(stackArgs.settings)
      return new CodebaseMcp(name, new Checked({ ...stackArgs, remade }), opts)
    } catch (error) {
      throw error instanceof Refused ? new RunError(error.message) : error
    }
  }
}

function checked({ folder = process.cwd(), ...args }: CodebaseMcpArgs): StackArgs {
  const folders = (entries: readonly string[]) => faultsOfRepositories(entries, folder)
  const settings = settingsOfArgs(args, { target: 'docker', folders })
  return { settings, repositories: locateRepositories(settings.repositories, folder), source: `${ROOT}service` }
}

/** What has to be made anew; a preview clears nothing away. */
async function heal(settings: DockerSettings): Promise<Readonly<Record<string, string>>> {
  const state = await formerState()
  const isPreview = runtime.isDryRun()
  if (!settings.running || (isPreview && state.length === 0)) return formerlyRemade(state)
  const engine = ownEngine()
  if (!isOnPath('docker', process.env)) {
    await log.warn(
      'The docker command is not on the PATH, so what a killed run left is neither found nor cleared away.',
    )
    return {}
  }
  const fault = await engine.fault()
  if (fault !== undefined) throw refusal(fault)
  if (!isPreview) await clearLeftovers({ settings, state, engine, print: log.info })
  // The commands around the program have looked.
  const isByHand = !isPreview && process.env.PULUMI_AUTOMATION_API !== 'true'
  const taken = isByHand && isOfThisMachine() ? await faultsOfPorts(settings, engine) : []
  if (taken.length > 0) throw obstructed(taken.map(({ detail, remedy }) => `${detail}: ${remedy}`))
  const now = new Date().toISOString()
  const broken = await brokenOn(engine, state)
  return { ...formerlyRemade(state), ...Object.fromEntries(broken.map((name) => [name, now])) }
}

const formerlyRemade = (state: FormerState) =>
  (state.find(({ type }) => type === 'codebase:docker:Stack')?.outputs.remade ?? {}) as Readonly<Record<string, string>>
