import type { ComponentResource, Output } from '@pulumi/pulumi'
import { RandomPassword } from '@pulumi/random'

interface PasswordOptions {
  readonly parent: ComponentResource
  /** Set if the password unlocks data that outlives the stack. */
  readonly protect: boolean
  /** Changing it generates a new password. */
  readonly version?: string | undefined
}

/** Generates a password that needs no escaping in a URL. */
export function makePassword(name: string, { version, ...options }: PasswordOptions): Output<string> {
  const keepers = version === undefined ? {} : { keepers: { version } }
  return new RandomPassword(name, { length: 40, special: false, ...keepers }, options).result
}
