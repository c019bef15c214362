import { Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { makePassword } from '../passwords.ts'

interface DataArgs {
  readonly name: string
  readonly protect: boolean
}

/** All that outlives the containers: two volumes, and the passwords without which the first cannot be opened again. */
export class Data extends ComponentResource {
  readonly postgres: Volume
  readonly ollama: Volume
  readonly superuserPassword: Output<string>
  readonly migratorPassword: Output<string>
  readonly servicePassword: Output<string>

  constructor(name: string, args: DataArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Data', name, {}, opts)
    const own = { parent: this, protect: args.protect }
    this.postgres = new Volume(`${name}-postgres`, { name: `${args.name}-postgres` }, own)
    this.ollama = new Volume(`${name}-ollama`, { name: `${args.name}-ollama` }, own)
    this.superuserPassword = makePassword(`${name}-superuser-password`, own)
    this.migratorPassword = makePassword(`${name}-migrator-password`, own)
    this.servicePassword = makePassword(`${name}-service-password`, own)
    this.registerOutputs({ postgres: this.postgres.name, ollama: this.ollama.name })
  }
}
