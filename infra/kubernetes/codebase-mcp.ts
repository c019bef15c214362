import type { ComponentResourceOptions, Output } from '@pulumi/pulumi'
import type { KubernetesArgs } from '../args.ts'
import { settingsOfArgs } from '../settings/program-settings.ts'
import { called } from './metadata.ts'
import { KubernetesStack } from './stack.ts'

export interface CodebaseMcpArgs extends KubernetesArgs {}

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

  constructor(name: string, args: CodebaseMcpArgs = {}, opts?: ComponentResourceOptions) {
    const settings = settingsOfArgs(args, { target: 'kubernetes' })
    super(name, { settings }, opts)
    this.namespace = this.base.namespace
    this.service = called(settings, 'server')
    this.url = this.outputs.url
    this.mcpUrl = this.outputs.mcpUrl
    this.clients = this.outputs.clients
    if (this.outputs.token !== undefined) this.token = this.outputs.token
  }
}
