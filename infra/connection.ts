import { type Input, interpolate, type Output } from '@pulumi/pulumi'

/** Name of the database that holds the index. */
export const DATABASE = 'codebase'

export interface Login {
  readonly name: Input<string>
  readonly password: Input<string>
}

/** Returns the connection URL of a login. @param query text after the "?" */
export function databaseUrl(address: string, { name, password }: Login, query = ''): Output<string> {
  return interpolate`postgres://${name}:${password}@${address}/${DATABASE}${query === '' ? '' : `?${query}`}`
}
