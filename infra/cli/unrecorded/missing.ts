import { ROLES } from '../../roles.ts'
import type { StateResource } from '../pulumi/state.ts'

/** What a state does not have of what it would make in Postgres. */
export interface Missing {
  readonly database: boolean
  readonly roles: readonly string[]
  /** Whether it has none of it. */
  readonly all: boolean
}

/** Undefined where the state has all of it. */
export function missingIn(resources: readonly StateResource[]): Missing | undefined {
  const database = !resources.some(({ type }) => type === 'postgresql:index/database:Database')
  const known = resources
    .filter(({ type }) => type === 'postgresql:index/role:Role')
    .map(({ outputs }) => outputs?.name)
  const made = [ROLES.service, ROLES.migrator]
  const roles = made.filter((role) => !known.includes(role))
  if (!database && roles.length === 0) return undefined
  return { database, roles, all: database && roles.length === made.length }
}
