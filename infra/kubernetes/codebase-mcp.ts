import type { ComponentResourceOptions, Output } from '@pulumi/pulumi'
import type { KubernetesArgs } from '../args.ts'
import { settingsOfArgs } from '../settings/program-settings.ts'
import { called } from './metadata.ts'
import { KubernetesStack } from './stack.ts'

export interface CodebaseMcpArgs extends KubernetesArgs {}

/**
 * Codebase MCP on a cluster: Postgres, Ollama, the server and its workers, in a namespace of their own. One in a program:
 * what it makes has the same names each time. A provider of Kubernetes among `providers` says which cluster.
 * @throws RunError with all that is wrong with the arguments
 */
export class CodebaseMcp extends KubernetesStack {
  /** The namespace that everything is in. */
  readonly namespace: Output<string>
  /** The Service of the server. */
  readonly service: string
  /** Where clients reach the server. */
  readonly url: string
  /** The same for clients of MCP. */
  readonly mcpUrl: string
  /** Ready-to-paste settings of clients. */
  readonly clients: KubernetesStack['outputs']['clients']
  /** What opens the server; absent where none was made, because everybody may call or others give tokens out. */
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
