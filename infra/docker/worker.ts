import { Container } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { limited, replaced } from './hardening.ts'
import { type ServiceArgs, serviceContainer } from './service.ts'

/** Runs the jobs, so that the server only answers requests. */
export class Worker extends ComponentResource {
  readonly container: Container

  constructor(name: string, args: ServiceArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Worker', name, {}, opts)
    const { settings } = args
    // Prometheus scrapes it as `worker`.
    const own = { MIGRATE_AT_START: 'false', ALLOWED_HOSTS: '127.0.0.1,localhost,worker' }
    this.container = new Container(
      `${name}-container`,
      {
        ...serviceContainer('worker', args, own, this),
        ...limited(settings.worker),
        command: ['worker'],
      },
      { parent: this, ...replaced },
    )
    this.registerOutputs({ containerId: this.container.id })
  }
}
