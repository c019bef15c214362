import { Container } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { ENGINE_HOST, limited, replaced } from './hardening.ts'
import { HTTP_PORT, type ServiceArgs, serviceContainer } from './service.ts'

// Accepted Host headers; others are refused.
const HOSTS = ['127.0.0.1', 'localhost', 'server', ENGINE_HOST.host]

/** The server. It is published only on 127.0.0.1, and containers reach it as `server`. */
export class Server extends ComponentResource {
  readonly container: Container

  constructor(name: string, args: ServiceArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Server', name, {}, opts)
    const { settings, networks, repositories } = args
    const own = {
      ALLOWED_HOSTS: HOSTS.join(','),
      REPOSITORIES: repositories.map(({ path }) => path).join(','),
      ...(settings.profiles.has('worker') ? { INDEXING_CONCURRENCY: '0' } : {}),
    }
    const { networksAdvanced, ...service } = serviceContainer('server', args, own, this)
    this.container = new Container(
      `${name}-container`,
      {
        ...service,
        ...limited(settings.server),
        // With both networks, the edge could become the default route, which leads nowhere.
        networksAdvanced: [...networksAdvanced, ...(networks.outside === undefined ? [{ name: networks.edge }] : [])],
        ports: [{ internal: HTTP_PORT, external: settings.server.port, ip: '127.0.0.1' }],
      },
      { parent: this, ...replaced },
    )
    this.registerOutputs({ containerId: this.container.id })
  }
}
