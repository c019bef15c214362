import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Fault } from './errors.ts'
import { SECOND } from './units.ts'

export interface LogSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly file?: string
}

export type DatabaseSettings =
  | { readonly kind: 'embedded'; readonly folder: string }
  | {
      readonly kind: 'postgres'
      readonly connectionString: string
      /** The role that owns the schema, where it is not the role that the service works with. */
      readonly migrationConnectionString?: string
      readonly poolSize: number
    }

interface EmbeddingSettings {
  /** Base URL of Ollama; undefined where embeddings are switched off. */
  readonly url?: string
  readonly model: string
  /** Whether `pull-model` may pull from a registry without TLS. */
  readonly insecureRegistry: boolean
}

export interface HttpSettings {
  readonly host: string
  readonly port: number
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
  /** Bearer tokens that may call; empty where the server is open to whoever reaches it. */
  readonly tokens: readonly string[]
}

export interface Config {
  readonly database: DatabaseSettings
  readonly migrateAtStart: boolean
  readonly embedding: EmbeddingSettings
  readonly http: HttpSettings
  readonly log: LogSettings
  /** Folders to index at start. */
  readonly repositories: readonly string[]
  /** Folders that `index_repository` may take besides `repositories`; a folder inside one of either is allowed. */
  readonly repositoryRoots: readonly string[]
  readonly serverUrl?: string
  readonly serverToken?: string
  readonly indexing: { readonly concurrency: number; readonly maxFileBytes: number }
  readonly shutdownTimeoutMs: number
}

const shown = (input: unknown) => (input === undefined ? 'nothing' : JSON.stringify(input))

const isUrl = (text: string, protocols: string[]) => URL.canParse(text) && protocols.includes(new URL(text).protocol)
const started = (protocols: string[]) =>
  `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`

// A URL may hold a password, so the value is not shown.
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
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)
const flag = z
  .enum(['true', 'false'], { error: (issue) => `must be true or false, got ${shown(issue.input)}` })
  .transform((text) => text === 'true')

/** Every environment variable the service reads. `.env.example` documents each; a test compares the two. */
export const ENVIRONMENT = {
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  DATABASE_HOST: z.string().optional(),
  DATABASE_PORT: whole(1, 65535).default(5432),
  DATABASE_NAME: z.string().default('codebase'),
  DATABASE_USER: z.string().default('codebase'),
  DATABASE_PASSWORD: z.string().optional(),
  DATABASE_POOL_SIZE: whole(1, 100).default(5),
  MIGRATION_DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  MIGRATE_AT_START: flag.default(true),
  DATA_FOLDER: z.string().default('.data'),
  OLLAMA_BASE_URL: urlOrOff('http:', 'https:').default('http://127.0.0.1:11434'),
  EMBEDDING_MODEL: z.string().min(1).default('all-minilm'),
  EMBEDDING_MODEL_INSECURE: flag.default(false),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65535).default(8000),
  ALLOWED_HOSTS: list.default([]),
  ALLOWED_ORIGINS: list.default([]),
  AUTH_TOKENS: z.string().optional(),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], {
      error: (issue) => `must be debug, info, warn or error, got ${shown(issue.input)}`,
    })
    .default('info'),
  LOG_FILE: z.string().optional(),
  REPOSITORIES: list.default([]),
  REPOSITORY_ROOTS: list.default([]),
  SERVER_URL: url('http:', 'https:').optional(),
  SERVER_TOKEN: z.string().optional(),
  INDEXING_CONCURRENCY: whole(0, 64).default(1),
  MAX_FILE_BYTES: whole(1, 64 * 1024 * 1024).default(1024 * 1024),
  SHUTDOWN_TIMEOUT: whole(1, 600).default(10),
} as const

/** Variables that hold a secret, each of which may be given as `NAME_FILE`: the path of a file that holds the value. */
export const SECRETS = [
  'DATABASE_URL',
  'MIGRATION_DATABASE_URL',
  'DATABASE_PASSWORD',
  'AUTH_TOKENS',
  'SERVER_TOKEN',
] as const

type Environment = Readonly<Record<string, string | undefined>>
type Values = z.output<typeof schema>

const schema = z.object(ENVIRONMENT)

/**
 * The frozen settings out of environment variables, over which `overrides` (from the command line) win.
 * @throws Fault `configuration_invalid`, with every fault of every variable in its message.
 */
export function readConfig(environment: Environment, overrides: Environment = {}): Config {
  const faults: string[] = []
  const given = readSecretFiles({ ...withoutEmpty(environment), ...withoutEmpty(overrides) }, faults)
  const parsed = schema.safeParse(given)
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`))
  if (parsed.success) faults.push(...contradictions(parsed.data))
  if (!parsed.success || faults.length > 0) {
    throw new Fault(
      'configuration_invalid',
      `The configuration is not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
      'Correct the variables named above; .env.example documents each of them',
    )
  }
  return Object.freeze(toConfig(parsed.data))
}

function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => !!entry[1]))
}

function readSecretFiles(environment: Record<string, string>, faults: string[]): Record<string, string> {
  const found = { ...environment }
  for (const name of SECRETS) {
    const path = environment[`${name}_FILE`]
    if (path === undefined) continue
    if (environment[name] !== undefined) faults.push(`${name} and ${name}_FILE are both set; keep one of them`)
    try {
      found[name] = readFileSync(path, 'utf8').trim()
    } catch (error) {
      faults.push(
        `${name}_FILE names ${JSON.stringify(path)}, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
      )
    }
  }
  return found
}

function contradictions(values: Values): string[] {
  const faults: string[] = []
  if (values.DATABASE_URL !== undefined && values.DATABASE_HOST !== undefined) {
    faults.push('DATABASE_URL and DATABASE_HOST are both set; keep one of them')
  }
  const open = tokens(values).length === 0 && values.ALLOWED_HOSTS.length === 0
  if (!isLoopback(values.HOST) && open) {
    faults.push(
      `HOST is ${values.HOST}, which others can reach: set AUTH_TOKENS_FILE, or ALLOWED_HOSTS to the names by which clients call the server`,
    )
  }
  return faults
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function tokens(values: Values): string[] {
  return (values.AUTH_TOKENS ?? '').split(/\s+/).filter((token) => token !== '')
}

function toConfig(values: Values): Config {
  return {
    database: databaseSettings(values),
    migrateAtStart: values.MIGRATE_AT_START,
    embedding: {
      ...(values.OLLAMA_BASE_URL === 'off' ? {} : { url: values.OLLAMA_BASE_URL.replace(/\/+$/, '') }),
      model: values.EMBEDDING_MODEL,
      insecureRegistry: values.EMBEDDING_MODEL_INSECURE,
    },
    http: {
      host: values.HOST,
      port: values.PORT,
      allowedHosts: values.ALLOWED_HOSTS,
      allowedOrigins: values.ALLOWED_ORIGINS,
      tokens: tokens(values),
    },
    log: { level: values.LOG_LEVEL, ...(values.LOG_FILE === undefined ? {} : { file: values.LOG_FILE }) },
    repositories: values.REPOSITORIES,
    repositoryRoots: values.REPOSITORY_ROOTS,
    ...(values.SERVER_URL === undefined ? {} : { serverUrl: values.SERVER_URL }),
    ...(values.SERVER_TOKEN === undefined ? {} : { serverToken: values.SERVER_TOKEN }),
    indexing: { concurrency: values.INDEXING_CONCURRENCY, maxFileBytes: values.MAX_FILE_BYTES },
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT * SECOND,
  }
}

function databaseSettings(values: Values): DatabaseSettings {
  const connectionString = values.DATABASE_URL ?? connectionStringFromParts(values)
  if (connectionString === undefined) return { kind: 'embedded', folder: values.DATA_FOLDER }
  const migrationConnectionString = values.MIGRATION_DATABASE_URL
  return {
    kind: 'postgres',
    connectionString,
    ...(migrationConnectionString === undefined ? {} : { migrationConnectionString }),
    poolSize: values.DATABASE_POOL_SIZE,
  }
}

function connectionStringFromParts(values: Values): string | undefined {
  if (values.DATABASE_HOST === undefined) return undefined
  const user = encodeURIComponent(values.DATABASE_USER)
  const password = values.DATABASE_PASSWORD === undefined ? '' : `:${encodeURIComponent(values.DATABASE_PASSWORD)}`
  const address = `${values.DATABASE_HOST}:${values.DATABASE_PORT}/${encodeURIComponent(values.DATABASE_NAME)}`
  return `postgres://${user}${password}@${address}`
}
