import { Container } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi'
import { hardened, limited, replaced, restarted, type Surroundings, stackLabel, stoppedWithin } from './hardening.ts'
import type { Networks } from './network.ts'
import { HEALTHCHECK, HTTP_PORT } from './service.ts'

interface BridgeArgs extends Surroundings {
  readonly image: Input<string>
  readonly networks: Networks
}

/** URL of the server on the stack's network. */
export const SERVER_URL = `http://server:${HTTP_PORT}`

const MEMORY = 256

/**
 * Bridges MCP over stdio to the running server, in a long-running container. A client attaches to the container, or
 * starts another bridge in it with `docker exec -i`.
 */
export class Bridge extends ComponentResource {
  constructor(name: string, args: BridgeArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Bridge', name, {}, opts)
    const container = new Container(
      `${name}-container`,
      {
        ...hardened(args),
        ...restarted(args),
        ...limited({ memory: MEMORY }),
        ...stoppedWithin(5),
        name: `${args.name}-mcp`,
        image: args.image,
        command: ['mcp'],
        // The open input makes it wait for a client instead of exiting.
        stdinOpen: true,
        envs: [`SERVER_URL=${SERVER_URL}`],
        labels: [stackLabel(args.name)],
        networksAdvanced: [{ name: args.networks.internal, aliases: ['mcp'] }],
        healthcheck: HEALTHCHECK,
        wait: true,
        waitTimeout: 60,
      },
      { parent: this, ...replaced },
    )
    this.registerOutputs({ containerId: container.id })
  }
}
