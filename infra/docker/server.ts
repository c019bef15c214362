import { Container } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { limited, replaced } from './hardening.ts'
import { ENGINE_HOST, HTTP_PORT, type ServiceArgs, serviceContainer, serviceEnvironment } from './service.ts'

// What clients call the server; any other Host is refused.
const HOSTS = ['127.0.0.1', 'localhost', 'server', ENGINE_HOST.host]

/** The server: published on the machine's own address alone, and reached by other containers as `server`. */
export class Server extends ComponentResource {
  readonly container: Container

  constructor(name: string, args: ServiceArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Server', name, {}, opts)
    const { settings, networks, repositories } = args
    const { networksAdvanced, ...service } = serviceContainer('server', args, this)
    this.container = new Container(
      `${name}-container`,
      {
        ...service,
        ...limited(settings.server),
        // The edge besides the outside could become the way out, and it leads nowhere.
        networksAdvanced: [...networksAdvanced, ...(networks.outside === undefined ? [{ name: networks.edge }] : [])],
        ports: [{ internal: HTTP_PORT, external: settings.server.port, ip: '127.0.0.1' }],
        envs: serviceEnvironment(args, [
          `ALLOWED_HOSTS=${HOSTS.join(',')}`,
          `REPOSITORIES=${repositories.map(({ path }) => path).join(',')}`,
          ...(settings.profiles.has('worker') ? ['INDEXING_CONCURRENCY=0'] : []),
        ]),
      },
      { parent: this, ...replaced },
    )
    this.registerOutputs({ containerId: this.container.id })
  }
}
