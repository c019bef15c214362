import { type Input, interpolate, type Output } from '@pulumi/pulumi'

/** The name of the database that holds the index. */
export const DATABASE = 'codebase'

export interface Login {
  readonly name: string
  readonly password: Input<string>
}

/** What a client connects with. */
export function databaseUrl(address: string, { name, password }: Login): Output<string> {
  return interpolate`postgres://${name}:${password}@${address}/${DATABASE}`
}
