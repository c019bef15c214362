import { Network } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { stackLabel } from './hardening.ts'

interface NetworksArgs {
  readonly name: string
  /** Whether some containers must reach hosts outside the stack. */
  readonly leadsOutside: boolean
}

/** Networks of the containers. They lead outside the machine only if the stack needs it. */
export class Networks extends ComponentResource {
  /** Network between the containers, without access to or from outside. */
  readonly internal: Output<string>
  /** Network of containers with published ports, because an engine publishes nothing from an internal network. */
  readonly edge: Output<string>
  /** Network that reaches other machines, and this one as host.docker.internal. */
  readonly outside?: Output<string>

  constructor(name: string, args: NetworksArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Networks', name, {}, opts)
    const network = (part: string, more: { internal?: true; options?: Record<string, string> } = {}) =>
      new Network(
        `${name}-${part}`,
        { name: `${args.name}-${part}`, labels: [stackLabel(args.name)], ...more },
        { parent: this, deleteBeforeReplace: true },
      ).name
    this.internal = network('internal', { internal: true })
    // Without masquerading, packets to the outside get no replies.
    this.edge = network('edge', { options: { 'com.docker.network.bridge.enable_ip_masquerade': 'false' } })
    if (args.leadsOutside) this.outside = network('outside')
    this.registerOutputs({ internal: this.internal, edge: this.edge })
  }
}
