import { join } from 'node:path'
import { z } from 'zod'
import { parseTokens } from './access/tokens.ts'
import { Fault } from './errors.ts'
import { parseGitCredentials } from './git-credentials.ts'
import { parseGitSources } from './git-sources.ts'
import { isGitUrl, parseNamedGitUrl, parseUrlPrefix } from './git-url.ts'
import { homeFolder } from './home-folder.ts'
import { parsePostgresUrl } from './postgres-url.ts'
import { REFUSED_PORTS } from './refused-ports.ts'
import { parseShownSecrets } from './shown-secrets.ts'
import { GIB, MIB, TIB } from './units.ts'

/** Returns the path with `~` replaced by the home folder. */
export function fromHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homeFolder(), path.slice(1)) : path
}

const shown = (input: unknown) => (input === undefined ? 'nothing' : JSON.stringify(input))

const isUrl = (text: string, protocols: string[]) => URL.canParse(text) && protocols.includes(new URL(text).protocol)
const started = (protocols: string[]) =>
  `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`

// A URL may contain a password, so messages do not show the value.
const url = (...protocols: string[]) =>
  z.string().refine((text) => isUrl(text, protocols), { error: `must be ${started(protocols)}` })
const urlOrOff = (...protocols: string[]) =>
  z
    .string()
    .refine((text) => text === 'off' || isUrl(text, protocols), { error: `must be "off" or ${started(protocols)}` })
const whole = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: (issue) => `must be a whole number from ${min} to ${max}, got ${shown(issue.input)}`,
    })
    .transform(Number)
/** A port for clients that use `fetch`. */
const served = whole(0, 65535).refine((port) => !REFUSED_PORTS.has(port), {
  error: (issue) =>
    `must be a port that browsers and fetch connect to, such as 8000; they refuse ${shown(issue.input)}`,
})
const isOrigin = (text: string) =>
  isUrl(text, ['http:', 'https:']) && [new URL(text).origin, `${new URL(text).origin}/`].includes(text)
const origin = z
  .string()
  .refine(isOrigin, { error: 'must be an address without a path, such as https://code.example.com' })
  .transform((text) => new URL(text).origin)
const list = z.string().transform((text) =>
  text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)
const words = z.string().transform((text) => text.split(/[\s,]+/).filter((word) => word !== ''))
/** Expands `~`, because no shell does so in a settings file. */
const folders = list.transform((entries) => entries.map(fromHome))
const flag = z
  .enum(['true', 'false'], { error: (issue) => `must be true or false, got ${shown(issue.input)}` })
  .transform((text) => text === 'true')

/** A flag as git reads it. */
const gitFlag = z.string().transform((text) => !/^(?:false|no|off|0)$/i.test(text))

/** Converts a value. A fault's message becomes the message of the issue. */
const read =
  <From, To>(make: (value: From) => To) =>
  (value: From, { issues }: z.core.ParsePayload<From>): To => {
    try {
      return make(value)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      issues.push({ code: 'custom', message: `${error.message}. ${error.remedy}`, input: undefined })
      return z.NEVER
    }
  }
const postgresUrl = url('postgres:', 'postgresql:').transform(read(parsePostgresUrl))
const urlsAmong = (entries: string[]) => {
  for (const entry of entries.filter(isGitUrl)) parseNamedGitUrl(entry)
  return entries
}

/** All environment variables of the service. `.env.example` documents them; a test compares the two. */
export const ENVIRONMENT = {
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_HOST: z.string().optional(),
  DATABASE_PORT: whole(1, 65535).default(5432),
  DATABASE_NAME: z.string().default('codebase'),
  DATABASE_USER: z.string().default('codebase'),
  DATABASE_PASSWORD: z.string().optional(),
  DATABASE_POOL_SIZE: whole(1, 100).default(5),
  MIGRATION_DATABASE_URL: postgresUrl.optional(),
  MIGRATE_AT_START: flag.default(true),
  DATA_FOLDER: z.string().optional(),
  XDG_DATA_HOME: z.string().optional(),
  LOCALAPPDATA: z.string().optional(),
  OLLAMA_BASE_URL: urlOrOff('http:', 'https:').default('http://127.0.0.1:11434'),
  EMBEDDING_MODEL: z.string().min(1).default('all-minilm'),
  EMBEDDING_MODEL_INSECURE: flag.default(false),
  VECTORS_MEMORY: whole(MIB, TIB).default(512 * MIB),
  HOST: z.string().default('127.0.0.1'),
  PORT: served.default(8000),
  ALLOWED_HOSTS: list.default([]),
  ALLOWED_ORIGINS: list.default([]),
  AUTH_TOKENS: z.string().transform(read(parseTokens)).optional(),
  OIDC_ISSUER: url('http:', 'https:').optional(),
  OIDC_AUDIENCE: list.default([]),
  OIDC_REPOSITORIES_CLAIM: z.string().min(1).default('repositories'),
  OIDC_REPOSITORIES: list.default([]),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_SCOPES: words.default(['openid', 'codebase:read']),
  PUBLIC_URL: origin.optional(),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], {
      error: (issue) => `must be debug, info, warn or error, got ${shown(issue.input)}`,
    })
    .default('info'),
  LOG_FILE: z.string().optional(),
  REPOSITORIES: folders.transform(read(urlsAmong)).default([]),
  REPOSITORY_ROOTS: folders.default([]),
  SECRETS_SHOWN: list.transform(read(parseShownSecrets)).default({ places: [], fingerprints: [] }),
  GIT_ALLOWED_URLS: list.transform(read((prefixes) => prefixes.map(parseUrlPrefix))).default([]),
  GIT_CREDENTIALS: z.string().transform(read(parseGitCredentials)).optional(),
  GIT_SOURCES: z.string().transform(read(parseGitSources)).optional(),
  GIT_SOURCES_INTERVAL: whole(0, 7 * 24 * 3600).default(900),
  GIT_SSL_CAINFO: z.string().optional(),
  HTTPS_PROXY: url('http:', 'https:', 'socks5:').optional(),
  HTTP_PROXY: url('http:', 'https:', 'socks5:').optional(),
  NO_PROXY: z.string().optional(),
  GIT_POLL_INTERVAL: whole(0, 7 * 24 * 3600).default(300),
  GIT_TIMEOUT: whole(1, 24 * 3600).default(600),
  GIT_MAX_BYTES: whole(MIB, TIB).default(2 * GIB),
  CLONES_FOLDER: z.string().optional(),
  CLONES_MAX_BYTES: whole(MIB, TIB).default(8 * GIB),
  WEBHOOK_SECRET: z.string().min(16, { error: 'must have at least 16 characters' }).optional(),
  SERVER_URL: url('http:', 'https:').optional(),
  SERVER_TOKEN: z.string().optional(),
  INDEXING_CONCURRENCY: whole(0, 64).default(1),
  WATCH: z
    .enum(['auto', 'poll', 'off'], { error: (issue) => `must be auto, poll or off, got ${shown(issue.input)}` })
    .default('auto'),
  WATCH_INTERVAL: whole(1, 24 * 3600).default(5),
  MAX_FILE_BYTES: whole(1, 64 * 1024 * 1024).default(1024 * 1024),
  XDG_CONFIG_HOME: z.string().optional(),
  GIT_CONFIG_GLOBAL: z.string().optional(),
  GIT_CONFIG_SYSTEM: z.string().optional(),
  GIT_CONFIG_NOSYSTEM: gitFlag.default(false),
  GIT_CONFIG_COUNT: whole(0, 1000).default(0),
  CLAUDE_CONFIG_DIR: z.string().optional(),
  CODEX_HOME: z.string().optional(),
  SHUTDOWN_TIMEOUT: whole(1, 600).default(10),
  SHUTDOWN_DELAY: whole(0, 300).default(0),
  BACKUP_NAME: z.string().min(1).default('codebase-mcp'),
  BACKUP_FOLDER: z.string().optional(),
  BACKUP_KEEP: whole(1, 1000).default(7),
  BACKUP_S3_ENDPOINT: url('http:', 'https:').optional(),
  BACKUP_S3_BUCKET: z.string().optional(),
  BACKUP_S3_REGION: z.string().default('us-east-1'),
  BACKUP_S3_PREFIX: z.string().default('codebase-mcp/'),
  BACKUP_S3_PATH_STYLE: flag.default(true),
  BACKUP_S3_ENCRYPTION: z
    .enum(['AES256', 'aws:kms'], { error: (issue) => `must be AES256 or aws:kms, got ${shown(issue.input)}` })
    .optional(),
  BACKUP_S3_KMS_KEY: z.string().optional(),
  BACKUP_S3_IDENTITY: z.enum(['google'], { error: (issue) => `must be google, got ${shown(issue.input)}` }).optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_ROLE_ARN: z.string().optional(),
  AWS_WEB_IDENTITY_TOKEN: z.string().optional(),
  AWS_ENDPOINT_URL_STS: url('http:', 'https:').optional(),
  AWS_CONTAINER_CREDENTIALS_FULL_URI: z.string().optional(),
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: z.string().optional(),
  AWS_CONTAINER_AUTHORIZATION_TOKEN: z.string().optional(),
  GCE_METADATA_HOST: z.string().default('169.254.169.254'),
  RESTORED_DATABASE_URL: postgresUrl.optional(),
} as const

/** Variables with secrets. Each may be given as `NAME_FILE`, the path of a file with the value. */
export const SECRETS = [
  'DATABASE_URL',
  'MIGRATION_DATABASE_URL',
  'DATABASE_PASSWORD',
  'AUTH_TOKENS',
  'OIDC_CLIENT_SECRET',
  'SERVER_TOKEN',
  'GIT_CREDENTIALS',
  'WEBHOOK_SECRET',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_WEB_IDENTITY_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'RESTORED_DATABASE_URL',
] as const
