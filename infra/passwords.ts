import type { ComponentResource, Output } from '@pulumi/pulumi'
import { RandomPassword } from '@pulumi/random'

interface PasswordOptions {
  readonly parent: ComponentResource
  /** Set where it unlocks data that outlives the stack. */
  readonly protect: boolean
}

/** A secret that may stand in a URL as it is. */
export function makePassword(name: string, options: PasswordOptions): Output<string> {
  return new RandomPassword(name, { length: 40, special: false }, options).result
}
