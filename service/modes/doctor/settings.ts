import type { Config } from '../../config.ts'
import { endpointOf } from '../../embedding/endpoint.ts'
import type { SettingFault } from '../../errors.ts'
import { addressOf } from '../../store/postgres-faults.ts'
import { type Finding, failing, ok } from './check.ts'

/** Variables that choose the database. */
export const DATABASE_VARIABLES = ['DATABASE_URL', 'DATABASE_HOST', 'DATABASE_PORT', 'DATABASE_PASSWORD']

/** Variables that choose the server, which is looked for even without PORT. */
export const SERVER_VARIABLES = ['SERVER_URL', 'SERVER_TOKEN', ...DATABASE_VARIABLES]

/** Returns each fault of the settings, or a summary if there are none. */
export function settingFindings(config: Config, faults: readonly SettingFault[]): Finding[] {
  if (faults.length === 0) return [ok('settings', summaryOf(config))]
  return faults.map(({ variables, message }) =>
    failing('settings', message, `Correct ${variables.join(' or ')}; .env.example documents each variable`),
  )
}

function summaryOf({ database, serverUrl, embedding, http }: Config): string {
  if (serverUrl !== undefined && isClientOnly({ database, serverUrl }))
    return `a client of ${endpointOf(serverUrl).url}`
  const { url } = embedding
  return [
    database.kind === 'embedded' ? 'embedded database' : `Postgres at ${addressOf(database.connectionString)}`,
    url === undefined ? 'no Ollama' : `Ollama at ${endpointOf(url).url}`,
    `HTTP on ${http.host}, port ${http.port}`,
  ].join('; ')
}

/** Whether the settings only name a server elsewhere, which then has its own database and Ollama. */
export function isClientOnly({ database, serverUrl }: Pick<Config, 'database' | 'serverUrl'>): boolean {
  return serverUrl !== undefined && database.kind === 'embedded'
}
