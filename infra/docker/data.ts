import { Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { makePassword } from '../passwords.ts'
import { stackLabel } from './hardening.ts'

interface DataArgs {
  readonly name: string
  readonly protect: boolean
}

/** The volume of Postgres, and the passwords that open its database. */
export class DatabaseData extends ComponentResource {
  readonly volume: Volume
  readonly superuserPassword: Output<string>
  readonly migratorPassword: Output<string>
  readonly servicePassword: Output<string>

  constructor(name: string, args: DataArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:DatabaseData', name, {}, opts)
    const own = { parent: this, protect: args.protect }
    this.volume = new Volume(
      `${name}-postgres`,
      { name: `${args.name}-postgres`, labels: [stackLabel(args.name)] },
      own,
    )
    this.superuserPassword = makePassword(`${name}-superuser-password`, own)
    this.migratorPassword = makePassword(`${name}-migrator-password`, own)
    this.servicePassword = makePassword(`${name}-service-password`, own)
    this.registerOutputs({ volume: this.volume.name })
  }
}

/** Creates the volume for Ollama's models. They can be pulled again, but are large. */
export const modelVolume = (name: string, args: DataArgs, parent: ComponentResource) =>
  new Volume(name, { name: `${args.name}-ollama`, labels: [stackLabel(args.name)] }, { parent, protect: args.protect })
