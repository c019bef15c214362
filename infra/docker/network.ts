import { Network } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'

interface NetworksArgs {
  readonly name: string
}

/** What the containers talk over: none of it leads out of the machine. */
export class Networks extends ComponentResource {
  /** Between the containers; nothing outside reaches it. */
  readonly internal: Output<string>
  /** What is published on the machine's own address; engines publish nothing from an internal network. */
  readonly edge: Output<string>

  constructor(name: string, args: NetworksArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Networks', name, {}, opts)
    const parent = { parent: this }
    this.internal = new Network(`${name}-internal`, { name: `${args.name}-internal`, internal: true }, parent).name
    // Without masquerading nothing that is sent to the outside is ever answered.
    const options = { 'com.docker.network.bridge.enable_ip_masquerade': 'false' }
    this.edge = new Network(`${name}-edge`, { name: `${args.name}-edge`, options }, parent).name
    this.registerOutputs({ internal: this.internal, edge: this.edge })
  }
}
