import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { ENVIRONMENT, SECRETS } from './environment.ts'
import { Fault } from './errors.ts'
import type { GitCredential } from './git-credentials.ts'
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
  /** What git servers sign their calls with; absent where they may not call. */
  readonly webhookSecret?: string
}

/** How repositories on git servers are looked at and fetched. */
interface GitSettings {
  /** URLs inside of which any repository may be asked for. */
  readonly allowedUrls: readonly string[]
  readonly credentials: readonly GitCredential[]
  /** Certificates by which servers are trusted, instead of the system's. */
  readonly certificatesFile?: string
  readonly proxy?: string
  readonly noProxy?: string
  /** 0 where nobody looks for new commits. */
  readonly pollIntervalMs: number
  readonly timeoutMs: number
  /** What one clone may take on the disk. */
  readonly maxBytes: number
  readonly clones: { readonly folder: string; readonly maxBytes: number }
  /** Where programs are found. */
  readonly path?: string
}

export interface Config {
  readonly database: DatabaseSettings
  readonly migrateAtStart: boolean
  readonly embedding: EmbeddingSettings
  readonly http: HttpSettings
  readonly log: LogSettings
  /** Folders to index at start, and git URLs with an optional name and branch, as `name=url#branch`. */
  readonly repositories: readonly string[]
  /** Folders that `index_repository` may take besides `repositories`; a folder inside one of either is allowed. */
  readonly repositoryRoots: readonly string[]
  readonly serverUrl?: string
  readonly serverToken?: string
  readonly indexing: { readonly concurrency: number; readonly maxFileBytes: number }
  readonly git: GitSettings
  readonly shutdownTimeoutMs: number
}

/** What is wrong with variables, in the words of the first of them. */
export interface SettingFault {
  readonly variables: readonly string[]
  readonly message: string
}

type Environment = Readonly<Record<string, string | undefined>>
type Values = z.output<typeof schema>

const schema = z.object(ENVIRONMENT)

/**
 * The frozen settings out of environment variables, over which `overrides` (from the command line) win.
 * @throws Fault `configuration_invalid`, with every fault of every variable in its message.
 */
export function readConfig(environment: Environment, overrides: Environment = {}): Config {
  const { config, faults } = readUsableConfig(environment, overrides)
  if (faults.length === 0) return config
  throw new Fault(
    'configuration_invalid',
    `The configuration is not usable:\n${faults.map(({ message }) => `  ${message}`).join('\n')}`,
    'Correct the variables named above; .env.example documents each of them',
  )
}

/** The settings as far as they can be used: a variable whose value cannot be read has its default. */
export function readUsableConfig(
  environment: Environment,
  overrides: Environment = {},
): { readonly config: Config; readonly faults: readonly SettingFault[] } {
  const faults: SettingFault[] = []
  const given = readSecretFiles({ ...withoutEmpty(environment), ...withoutEmpty(overrides) }, faults)
  const values = readValues(given, faults)
  faults.push(...contradictions(values))
  return { config: Object.freeze(toConfig(values, environment.PATH)), faults }
}

function readValues(given: Readonly<Record<string, string>>, faults: SettingFault[]): Values {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const found = parsed.error.issues.map(({ path, message }) => ({ name: path.join('.'), message }))
  faults.push(...found.map(({ name, message }) => ({ variables: [name], message: `${name} ${message}` })))
  const faulty = new Set(found.map(({ name }) => name))
  return schema.parse(Object.fromEntries(Object.entries(given).filter(([name]) => !faulty.has(name))))
}

function withoutEmpty(environment: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => !!entry[1]))
}

function readSecretFiles(environment: Record<string, string>, faults: SettingFault[]): Record<string, string> {
  const found = { ...environment }
  for (const name of SECRETS) {
    const path = environment[`${name}_FILE`]
    if (path === undefined) continue
    if (environment[name] !== undefined) {
      faults.push({ variables: [name], message: `${name} and ${name}_FILE are both set; keep one of them` })
    }
    try {
      found[name] = readFileSync(path, 'utf8').trim()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const message = `${name}_FILE names ${JSON.stringify(path)}, which cannot be read (${code})`
      faults.push({ variables: [name], message })
    }
  }
  return found
}

function contradictions(values: Values): SettingFault[] {
  const faults: SettingFault[] = []
  if (values.DATABASE_URL !== undefined && values.DATABASE_HOST !== undefined) {
    faults.push({
      variables: ['DATABASE_URL', 'DATABASE_HOST'],
      message: 'DATABASE_URL and DATABASE_HOST are both set; keep one of them',
    })
  }
  const open = tokens(values).length === 0 && values.ALLOWED_HOSTS.length === 0
  if (!isLoopback(values.HOST) && open) {
    faults.push({
      variables: ['HOST'],
      message: `HOST is ${values.HOST}, which others can reach: set AUTH_TOKENS_FILE, or ALLOWED_HOSTS to the names by which clients call the server`,
    })
  }
  return faults
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function tokens(values: Values): string[] {
  return (values.AUTH_TOKENS ?? '').split(/\s+/).filter((token) => token !== '')
}

function toConfig(values: Values, path: string | undefined): Config {
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
      ...(values.WEBHOOK_SECRET === undefined ? {} : { webhookSecret: values.WEBHOOK_SECRET }),
    },
    log: { level: values.LOG_LEVEL, ...(values.LOG_FILE === undefined ? {} : { file: values.LOG_FILE }) },
    repositories: values.REPOSITORIES,
    repositoryRoots: values.REPOSITORY_ROOTS,
    ...(values.SERVER_URL === undefined ? {} : { serverUrl: values.SERVER_URL }),
    ...(values.SERVER_TOKEN === undefined ? {} : { serverToken: values.SERVER_TOKEN }),
    indexing: { concurrency: values.INDEXING_CONCURRENCY, maxFileBytes: values.MAX_FILE_BYTES },
    git: gitSettings(values, path),
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT * SECOND,
  }
}

function gitSettings(values: Values, path: string | undefined): GitSettings {
  const database = databaseSettings(values)
  const kept = database.kind === 'embedded' ? join(database.folder, 'clones') : join(tmpdir(), 'codebase-clones')
  return {
    allowedUrls: values.GIT_ALLOWED_URLS,
    credentials: values.GIT_CREDENTIALS ?? [],
    ...(values.GIT_SSL_CAINFO === undefined ? {} : { certificatesFile: values.GIT_SSL_CAINFO }),
    ...(values.HTTPS_PROXY === undefined ? {} : { proxy: values.HTTPS_PROXY }),
    ...(values.NO_PROXY === undefined ? {} : { noProxy: values.NO_PROXY }),
    pollIntervalMs: values.GIT_POLL_INTERVAL * SECOND,
    timeoutMs: values.GIT_TIMEOUT * SECOND,
    maxBytes: values.GIT_MAX_BYTES,
    clones: { folder: values.CLONES_FOLDER ?? kept, maxBytes: values.CLONES_MAX_BYTES },
    ...(path === undefined ? {} : { path }),
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
