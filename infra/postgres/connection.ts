import { type Input, interpolate, type Output } from '@pulumi/pulumi'

/** Name of the database that holds the index, if the server is the stack's own. */
export const DATABASE = 'codebase'

/** Roles in the stack's own Postgres. */
export const ROLES = { superuser: 'postgres', migrator: 'codebase_migrator', service: 'codebase' } as const

export interface Login {
  readonly name: Input<string>
  readonly password: Input<string>
}

/** Returns the connection URL of a login. @param query text after the "?" */
export function databaseUrl(
  address: string,
  { name, password }: Login,
  query = '',
  database = DATABASE,
): Output<string> {
  return interpolate`postgres://${name}:${password}@${address}/${database}${query === '' ? '' : `?${query}`}`
}
