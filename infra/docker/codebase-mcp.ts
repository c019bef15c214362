import { type ComponentResourceOptions, log, RunError, runtime } from '@pulumi/pulumi'
import type { DockerArgs } from '../args.ts'
import { obstructed, Refused, refusal } from '../faults.ts'
import { isOnPath } from '../processes.ts'
import { ROOT } from '../project-paths.ts'
import { settingsOfArgs } from '../settings/program-settings.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { type FormerState, formerState } from '../state.ts'
import { brokenOn, clearLeftovers } from './engine/heal.ts'
import { isOfThisMachine, ownEngine } from './engine/own-engine.ts'
import { faultsOfPorts } from './engine/ports.ts'
import { faultsOfRepositories, locateRepositories } from './repositories.ts'
import { DockerStack, type StackArgs } from './stack.ts'

export interface CodebaseMcpArgs extends DockerArgs {
  /** Folder to which relative paths in `repositories` refer. @default the folder of the program */
  readonly folder?: string
}

/** Validated arguments. */
class Checked {
  readonly args: StackArgs

  constructor(args: StackArgs) {
    this.args = args
  }
}

/**
 * Codebase MCP on a Docker engine: Postgres, Ollama and the server, in their own networks. A program can contain it
 * only once, because its resources have fixed names. To choose the engine, pass a Docker provider in `providers`.
 * @throws RunError with all faults of the arguments
 */
export class CodebaseMcp extends DockerStack {
  /** URL of the server on this machine. */
  readonly url: string
  /** URL of the MCP endpoint. */
  readonly mcpUrl: string
  /** Ready-to-paste settings for MCP clients. */
  readonly clients: DockerStack['outputs']['clients']
  /** Name of the server's container. */
  readonly service: string
  /** Network on which other containers reach the server as `server`. */
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
   * Creates the component after removing what an interrupted run of this stack left on the engine. Recreates containers
   * that were removed or stopped outside Pulumi.
   * @throws RunError also if the engine has the database of another state
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

/** Returns the resources to recreate, by name. A preview removes nothing. */
async function heal(settings: DockerSettings): Promise<Readonly<Record<string, string>>> {
  const state = await formerState()
  const isPreview = runtime.isDryRun()
  if (!settings.running || (isPreview && state.length === 0)) return formerlyRemade(state)
  const engine = ownEngine()
  if (!isOnPath('docker', process.env)) {
    await log.warn('The docker command is not on the PATH, so leftovers of interrupted runs are not removed.')
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
