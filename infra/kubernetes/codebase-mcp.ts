import { type ComponentResourceOptions, log, type Output, RunError, runtime } from '@pulumi/pulumi'
import type { KubernetesArgs } from '../args.ts'
import { Refused } from '../faults.ts'
import { settingsOfArgs } from '../settings/program-settings.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { formerState } from '../state.ts'
import { clearLeftovers, unrecordedOf } from './cluster/heal.ts'
import { makeKubectl } from './cluster/kubectl.ts'
import { refuseOtherMajor } from './cluster/majors.ts'
import { called } from './metadata.ts'
import { KubernetesStack, type StackArgs } from './stack.ts'

export interface CodebaseMcpArgs extends KubernetesArgs {}

/** Arguments that are checked. */
class Checked {
  readonly args: StackArgs

  constructor(args: StackArgs) {
    this.args = args
  }
}

/**
 * Codebase MCP on a cluster: Postgres, Ollama, the server and its workers, in their own namespace. A program can
 * contain it only once, because its resources have fixed names. To choose the cluster, pass a Kubernetes provider in
 * `providers`.
 * @throws RunError with all faults of the arguments
 */
export class CodebaseMcp extends KubernetesStack {
  /** Namespace of all objects. */
  readonly namespace: Output<string>
  /** Name of the server's Service. */
  readonly service: string
  /** URL of the server for clients. */
  readonly url: string
  /** URL of the MCP endpoint. */
  readonly mcpUrl: string
  /** Ready-to-paste settings for MCP clients. */
  readonly clients: KubernetesStack['outputs']['clients']
  /**
   * Access token of the server. Undefined if none was generated, because access is open or tokens come from elsewhere.
   */
  readonly token?: Output<string>

  constructor(name: string, args: CodebaseMcpArgs | Checked = {}, opts?: ComponentResourceOptions) {
    const stackArgs = args instanceof Checked ? args.args : { settings: settingsOfArgs(args, { target: 'kubernetes' }) }
    super(name, stackArgs, opts)
    this.namespace = this.base.namespace
    this.service = called(stackArgs.settings, 'server')
    this.url = this.outputs.url
    this.mcpUrl = this.outputs.mcpUrl
    this.clients = this.outputs.clients
    if (this.outputs.token !== undefined) this.token = this.outputs.token
  }

  /**
   * Creates the component after removing what an interrupted run of this stack left in the namespace. Objects with a fixed
   * name are adopted instead.
   * @throws RunError also if the namespace has objects of another state, or if the image could not open the files of the
   * database
   */
  static async healed(name: string, args: CodebaseMcpArgs = {}, opts?: ComponentResourceOptions): Promise<CodebaseMcp> {
    const settings = settingsOfArgs(args, { target: 'kubernetes' })
    try {
      const adoptsExisting = await heal(settings)
      return new CodebaseMcp(name, new Checked({ settings, adoptsExisting }), opts)
    } catch (error) {
      throw error instanceof Refused ? new RunError(error.message) : error
    }
  }
}

/** Removes leftovers. Returns whether existing objects are to be adopted. A preview needs no cluster. */
async function heal(settings: KubernetesSettings): Promise<boolean> {
  if (runtime.isDryRun() || !settings.running) return false
  const kubectl = makeKubectl(process.env, settings.cluster)
  const state = await formerState()
  const unrecorded = await unrecordedOf(settings, state, kubectl).catch((error: Error) => {
    if (error instanceof Refused) return error.message
    throw error
  })
  if (typeof unrecorded === 'string') {
    await log.warn(
      `Leftovers of interrupted runs were not looked for: ${unrecorded}. If one is in the way, PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true adopts it.`,
    )
    return false
  }
  await refuseOtherMajor(settings, kubectl)
  return clearLeftovers({ settings, state, unrecorded, kubectl, print: log.info })
}
