import { ENVIRONMENT } from '../../service/environment.ts'

/**
 * All environment variables of the service. Each can also be set by `NAME_FILE`, with the path of a file that contains
 * the value.
 */
export const SERVICE_VARIABLES: readonly string[] = Object.keys(ENVIRONMENT)

/** Returns the fault that the service would report for a variable's value. Undefined if it is valid. */
export function faultOfVariable(name: string, value: string): string | undefined {
  const parsed = ENVIRONMENT[name as keyof typeof ENVIRONMENT].safeParse(value)
  return parsed.success ? undefined : parsed.error.issues.map(({ message }) => message).join('; ')
}

/** Variables that the stack must set itself, and the setting to use instead. */
export const OWN_VARIABLES: Readonly<Record<string, string>> = {
  PORT: '',
  HOST: '',
  DATABASE_URL: 'database.url',
  DATABASE_HOST: 'database.url',
  DATABASE_PASSWORD: 'database.url',
  MIGRATION_DATABASE_URL: 'database.migrationUrl',
  AUTH_TOKENS: 'access.tokens',
  SERVER_TOKEN: 'access.tokens',
  GIT_CREDENTIALS: 'git.credentials',
  WEBHOOK_SECRET: 'git.webhookSecret',
  AWS_ACCESS_KEY_ID: 'backup.s3AccessKey',
  AWS_SECRET_ACCESS_KEY: 'backup.s3SecretKey',
  RESTORED_DATABASE_URL: '',
  CLONES_FOLDER: '',
  REPOSITORIES: 'repositories',
  MIGRATE_AT_START: '',
  SHUTDOWN_TIMEOUT: 'server.grace',
  SHUTDOWN_DELAY: 'server.grace',
}

/** Settings that set other variables. Those without one are set in server.variables. */
const SETTINGS: Readonly<Record<string, string>> = {
  OLLAMA_BASE_URL: 'ollama.url',
  'OLLAMA_BASE_URL=off': 'ollama.enabled=false',
  EMBEDDING_MODEL: 'ollama.model',
  EMBEDDING_MODEL_INSECURE: 'ollama.insecure',
  LOG_LEVEL: 'server.logLevel',
  GIT_SOURCES: 'sources',
  GIT_ALLOWED_URLS: 'git.allowedUrls',
  GIT_POLL_INTERVAL: 'git.pollInterval',
  GIT_SOURCES_INTERVAL: 'git.sourcesInterval',
  OIDC_ISSUER: 'access.oidcIssuer',
  OIDC_AUDIENCE: 'access.oidcAudience',
  OIDC_CLIENT_ID: 'access.oidcClientId',
  OIDC_SCOPES: 'access.oidcScopes',
  OIDC_REPOSITORIES: 'access.oidcRepositories',
  OIDC_REPOSITORIES_CLAIM: 'access.oidcRepositoriesClaim',
}

const VARIABLE = new RegExp(`\\b(?:${SERVICE_VARIABLES.join('|')})\\b(?:=off\\b)?`, 'g')

/** Returns the stack's setting for a variable of the service, or the variable if the stack itself sets it. */
export function settingOf(variable: string): string {
  const setting = OWN_VARIABLES[variable] ?? SETTINGS[variable] ?? `server.variables.${variable}`
  return setting === '' ? variable : `codebase-mcp:${setting}`
}

/** Makes remedies in the JSON of the service name the settings of a stack instead of variables, for `JSON.parse`. */
export const withSettings = (key: string, value: unknown): unknown =>
  key === 'remedy' && typeof value === 'string' ? value.replaceAll(VARIABLE, settingOf) : value
