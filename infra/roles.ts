/** Roles in the stack's own Postgres. */
export const ROLES = { superuser: 'postgres', migrator: 'codebase_migrator', service: 'codebase' } as const
