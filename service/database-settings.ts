import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { z } from 'zod'
import type { ENVIRONMENT } from './environment.ts'

export type DatabaseSettings =
  | { readonly kind: 'embedded'; readonly folder: string }
  | {
      readonly kind: 'postgres'
      readonly connectionString: string
      /** The role that owns the schema, where it is not the role that the service works with. */
      readonly migrationConnectionString?: string
      readonly poolSize: number
    }

type Values = z.output<z.ZodObject<typeof ENVIRONMENT>>

/** Where the database is: a server's, by its URL or its parts, or one in a folder. */
export function databaseSettings(values: Values): DatabaseSettings {
  const connectionString = values.DATABASE_URL ?? connectionStringFromParts(values)
  if (connectionString === undefined) return { kind: 'embedded', folder: values.DATA_FOLDER ?? userDataFolder(values) }
  const migrationConnectionString = values.MIGRATION_DATABASE_URL
  return {
    kind: 'postgres',
    connectionString,
    ...(migrationConnectionString === undefined ? {} : { migrationConnectionString }),
    poolSize: values.DATABASE_POOL_SIZE,
  }
}

const NAME = 'codebase-mcp'

/** One for all projects of a user, where the system keeps what programs store. */
export function userDataFolder(
  { LOCALAPPDATA, XDG_DATA_HOME }: Pick<Values, 'LOCALAPPDATA' | 'XDG_DATA_HOME'>,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = homedir()
  if (platform === 'win32') return join(LOCALAPPDATA ?? join(home, 'AppData', 'Local'), NAME)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', NAME)
  // A relative one is to be ignored, as its specification says.
  const data = XDG_DATA_HOME !== undefined && isAbsolute(XDG_DATA_HOME) ? XDG_DATA_HOME : join(home, '.local', 'share')
  return join(data, NAME)
}

function connectionStringFromParts(values: Values): string | undefined {
  if (values.DATABASE_HOST === undefined) return undefined
  const user = encodeURIComponent(values.DATABASE_USER)
  const password = values.DATABASE_PASSWORD === undefined ? '' : `:${encodeURIComponent(values.DATABASE_PASSWORD)}`
  const address = `${values.DATABASE_HOST}:${values.DATABASE_PORT}/${encodeURIComponent(values.DATABASE_NAME)}`
  return `postgres://${user}${password}@${address}`
}
