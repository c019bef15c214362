import type { ComponentResource, Output } from '@pulumi/pulumi'
import { RandomPassword } from '@pulumi/random'

interface PasswordOptions {
  readonly parent: ComponentResource
  /** Set where it unlocks data that outlives the stack. */
  readonly protect: boolean
  /** Another one draws another password. */
  readonly version?: string | undefined
}

/** A secret that may stand in a URL as it is. */
export function makePassword(name: string, { version, ...options }: PasswordOptions): Output<string> {
  const keepers = version === undefined ? {} : { keepers: { version } }
  return new RandomPassword(name, { length: 40, special: false, ...keepers }, options).result
}
