import { accessSync, constants } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { z } from 'zod'
import type { ENVIRONMENT } from './environment.ts'
import type { SettingFault } from './errors.ts'
import { homeFolder } from './home-folder.ts'
import { certificateFileOf } from './postgres-url.ts'

export type DatabaseSettings =
  | { readonly kind: 'embedded'; readonly folder: string }
  | {
      readonly kind: 'postgres'
      readonly connectionString: string
      /** Connection as the role that owns the schema, if that is a different role. */
      readonly migrationConnectionString?: string
      readonly poolSize: number
    }

type Values = z.output<z.ZodObject<typeof ENVIRONMENT>>

/** Returns the location of the database: a server, by its URL or parts, or a folder. */
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

/** Finds faults of the variables that name the database, beyond those of each single one. */
export function databaseFaults(values: Values): SettingFault[] {
  const twice = values.DATABASE_URL !== undefined && values.DATABASE_HOST !== undefined
  const message = 'DATABASE_URL and DATABASE_HOST are both set; keep one of them'
  return [
    ...(twice ? [{ variables: ['DATABASE_URL', 'DATABASE_HOST'], message }] : []),
    ...URLS.flatMap((name) => certificateFaults(name, values[name])),
  ]
}

const URLS = ['DATABASE_URL', 'MIGRATION_DATABASE_URL', 'RESTORED_DATABASE_URL'] as const

function certificateFaults(name: string, url: string | undefined): SettingFault[] {
  const file = url === undefined ? undefined : certificateFileOf(url)
  if (file === undefined) return []
  try {
    accessSync(file, constants.R_OK)
    return []
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return [{ variables: [name], message: `${name} has sslrootcert=${file}, which cannot be read (${code})` }]
  }
}

const NAME = 'codebase-mcp'

/** Returns the folder for all of a user's projects, in the system's place for programs' data. */
export function userDataFolder(
  { LOCALAPPDATA, XDG_DATA_HOME }: Pick<Values, 'LOCALAPPDATA' | 'XDG_DATA_HOME'>,
  platform: NodeJS.Platform = process.platform,
): string {
  const home = homeFolder()
  if (platform === 'win32') return join(LOCALAPPDATA ?? join(home, 'AppData', 'Local'), NAME)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', NAME)
  // The specification requires that a relative path is ignored.
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
