import { Network } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { stackLabel } from './hardening.ts'

interface NetworksArgs {
  readonly name: string
  /** Whether some of the containers must reach what is not in the stack. */
  readonly leadsOutside: boolean
}

/** What the containers talk over: none of it leads out of the machine, but for what has to. */
export class Networks extends ComponentResource {
  /** Between the containers; nothing outside reaches it. */
  readonly internal: Output<string>
  /** What is published on the machine's own address; engines publish nothing from an internal network. */
  readonly edge: Output<string>
  /** Leads to other machines, and to this one as host.docker.internal. */
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
    // Without masquerading nothing that is sent to the outside is ever answered.
    this.edge = network('edge', { options: { 'com.docker.network.bridge.enable_ip_masquerade': 'false' } })
    if (args.leadsOutside) this.outside = network('outside')
    this.registerOutputs({ internal: this.internal, edge: this.edge })
  }
}
