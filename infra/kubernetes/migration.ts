import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import type { Logins } from './database/logins.ts'
import { jobFor } from './job.ts'
import { modePod } from './mode.ts'
import { placed, type WorkloadArgs } from './workload.ts'

/** Migrates the schema before any pod of the new image runs. If it fails, no such pod is started. */
export class Migration extends ComponentResource {
  constructor(name: string, args: WorkloadArgs & { readonly logins: Logins }, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Migration', name, {}, opts)
    const { settings, base, logins } = args
    const environment = { LOG_LEVEL: settings.server.logLevel }
    const pod = modePod({ settings, image: base.image, mode: 'migrate', environment, secrets: [logins.owner] })
    jobFor(name, pod, placed(args, name, this), ...logins.ready)
    this.registerOutputs({})
  }
}
