import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { AccessSettings } from './access/authenticate.ts'
import { isLoopback } from './access/loopback.ts'
import { accessSettings, oidcFaults } from './access/settings.ts'
import { type BucketSettings, bucketFaults, bucketSettings } from './bucket-settings.ts'
import { type DatabaseSettings, databaseFaults, databaseSettings } from './database-settings.ts'
import { ENVIRONMENT } from './environment.ts'
import { Fault, type SettingFault } from './errors.ts'
import { defined } from './fields.ts'
import type { GitCredential } from './git-credentials.ts'
import { type GitPlaces, gitPlaces, missingKeys } from './git-places.ts'
import type { GitSource } from './git-sources.ts'
import type { ShownSecrets } from './shown-secrets.ts'
import { SECOND } from './units.ts'

export interface LogSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly file?: string
}

interface EmbeddingSettings {
  /** Base URL of Ollama. Undefined if embeddings are turned off. */
  readonly url?: string
  /** Whether nobody named that URL: an Ollama that does not run there is missed by nobody. */
  readonly isAssumed: boolean
  readonly model: string
  /** Allows `pull-model` to use a registry without TLS. */
  readonly insecureRegistry: boolean
  /** Maximum memory for vectors in a server. */
  readonly memoryBytes: number
}

export interface HttpSettings extends AccessSettings {
  readonly host: string
  readonly port: number
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
  /** URL of the server for clients. Default: the host of the request. */
  readonly publicUrl?: string
  /** Secret of webhooks. Undefined if webhooks are refused. */
  readonly webhookSecret?: string
}

/** How changes to folders are detected. */
interface WatchSettings {
  /** `auto` uses file system events, and polls folders that have none. */
  readonly mode: 'auto' | 'poll' | 'off'
  /** Polling interval. */
  readonly intervalMs: number
}

/** How repositories on git servers are checked and fetched. */
interface GitSettings {
  /** URL prefixes of repositories that may be added. */
  readonly allowedUrls: readonly string[]
  readonly credentials: readonly GitCredential[]
  /** Organisations and groups whose repositories are indexed. */
  readonly sources: readonly GitSource[]
  /** 0 to list them only at the start and on webhooks. */
  readonly sourcesIntervalMs: number
  /** Additional CA certificates. */
  readonly certificatesFile?: string
  readonly proxy?: string
  readonly httpProxy?: string
  readonly noProxy?: string
  /** 0 for no polling. */
  readonly pollIntervalMs: number
  readonly timeoutMs: number
  /** Maximum size of a clone on disk. */
  readonly maxBytes: number
  readonly clones: { readonly folder: string; readonly maxBytes: number }
  /** PATH of programs. */
  readonly path?: string
}

export interface BackupSettings {
  /** Prefix of the names of backups. */
  readonly name: string
  /** Folder of the backups, or, with a bucket, of dumps during a transfer. */
  readonly folder?: string
  readonly keep: number
  readonly s3?: BucketSettings
  /** Database into which a backup was restored for a test. */
  readonly restored?: string
}

export interface Config {
  readonly database: DatabaseSettings
  readonly migrateAtStart: boolean
  readonly embedding: EmbeddingSettings
  readonly http: HttpSettings
  readonly log: LogSettings
  /** Folders and git URLs to index at the start. URLs may have a name and a branch: `name=url#branch`. */
  readonly repositories: readonly string[]
  /** Folders in which `index_repository` may index, besides those in `repositories`. */
  readonly repositoryRoots: readonly string[]
  readonly serverUrl?: string
  readonly serverToken?: string
  readonly indexing: {
    readonly concurrency: number
    readonly maxFileBytes: number
    readonly watch: WatchSettings
    /** Exceptions from the masking of secrets. */
    readonly shownSecrets: ShownSecrets
    /** Where git's configuration is, if not in its usual places. */
    readonly gitPlaces: GitPlaces
  }
  /** Folders in which agents keep their settings, if not the usual ones. */
  readonly agents: {
    readonly claudeCode?: string
    readonly codex?: string
    /** `$XDG_CONFIG_HOME`, for agents that use it. */
    readonly configHome?: string
  }
  readonly git: GitSettings
  readonly backup: BackupSettings
  readonly shutdownTimeoutMs: number
  /** Part of that time in which requests are still accepted. */
  readonly shutdownDelayMs: number
}

type Environment = Readonly<Record<string, string | undefined>>
type Values = z.output<typeof schema>

const schema = z.object(ENVIRONMENT)

/**
 * Reads the settings from environment variables. `overrides` come from the command line. The result is frozen.
 * @throws Fault `configuration_invalid`, with every fault of every variable in its message
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

/** Reads the settings as far as they are valid. Invalid variables get their defaults. */
export function readUsableConfig(
  environment: Environment,
  overrides: Environment = {},
): { readonly config: Config; readonly faults: readonly SettingFault[] } {
  const faults: SettingFault[] = []
  const given = readFiles({ ...withoutEmpty(environment), ...withoutEmpty(overrides) }, faults)
  const values = readValues(given, faults)
  faults.push(...contradictions(values, given))
  return { config: Object.freeze(toConfig(values, given, environment.PATH)), faults }
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

function readFiles(environment: Record<string, string>, faults: SettingFault[]): Record<string, string> {
  const found = { ...environment }
  for (const name of Object.keys(ENVIRONMENT)) {
    const path = environment[`${name}_FILE`]
    if (path === undefined) continue
    if (environment[name] !== undefined) {
      faults.push({ variables: [name], message: `${name} and ${name}_FILE are both set; keep one of them` })
    }
    try {
      const text = readFileSync(path, 'utf8')
      // Faults of tokens name lines, so the text must keep them.
      found[name] = name === 'AUTH_TOKENS' ? text : text.trim()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const message = `${name}_FILE names ${JSON.stringify(path)}, which cannot be read (${code})`
      faults.push({ variables: [name], message })
    }
  }
  return found
}

function contradictions(values: Values, given: Readonly<Record<string, string>>): SettingFault[] {
  const faults: SettingFault[] = [...oidcFaults(values, given), ...databaseFaults(values), ...bucketFaults(values)]
  // Invalid tokens or issuers were meant to protect the server, so their absence must not open it.
  const isOpen = given.AUTH_TOKENS === undefined && given.OIDC_ISSUER === undefined
  if (!isLoopback(values.HOST) && isOpen && values.ALLOWED_HOSTS.length === 0) {
    faults.push({
      variables: ['HOST'],
      message: `HOST is ${values.HOST}, which other machines can reach: set AUTH_TOKENS_FILE or OIDC_ISSUER, or ALLOWED_HOSTS to the names by which clients call the server`,
    })
  }
  for (const name of missingKeys(values, given)) {
    const { GIT_CONFIG_COUNT: count } = values
    faults.push({
      variables: [name],
      message: `GIT_CONFIG_COUNT is ${count}, but ${name} is not set; set it, or correct the count`,
    })
  }
  if (values.SHUTDOWN_DELAY >= values.SHUTDOWN_TIMEOUT) {
    faults.push({
      variables: ['SHUTDOWN_DELAY', 'SHUTDOWN_TIMEOUT'],
      message: `SHUTDOWN_DELAY (${values.SHUTDOWN_DELAY}) must be below SHUTDOWN_TIMEOUT (${values.SHUTDOWN_TIMEOUT}), which includes it; lower the delay, or raise the timeout`,
    })
  }
  return faults
}

function toConfig(values: Values, given: Readonly<Record<string, string>>, path: string | undefined): Config {
  return {
    database: databaseSettings(values),
    migrateAtStart: values.MIGRATE_AT_START,
    embedding: {
      ...(values.OLLAMA_BASE_URL === 'off' ? {} : { url: values.OLLAMA_BASE_URL.replace(/\/+$/, '') }),
      isAssumed: given.OLLAMA_BASE_URL === undefined,
      model: values.EMBEDDING_MODEL,
      insecureRegistry: values.EMBEDDING_MODEL_INSECURE,
      memoryBytes: values.VECTORS_MEMORY,
    },
    http: {
      host: values.HOST,
      port: values.PORT,
      allowedHosts: values.ALLOWED_HOSTS,
      allowedOrigins: values.ALLOWED_ORIGINS,
      ...accessSettings(values),
      ...defined({ publicUrl: values.PUBLIC_URL, webhookSecret: values.WEBHOOK_SECRET }),
    },
    log: { level: values.LOG_LEVEL, ...defined({ file: values.LOG_FILE }) },
    repositories: values.REPOSITORIES,
    repositoryRoots: values.REPOSITORY_ROOTS,
    ...defined({ serverUrl: values.SERVER_URL, serverToken: values.SERVER_TOKEN }),
    indexing: {
      concurrency: values.INDEXING_CONCURRENCY,
      maxFileBytes: values.MAX_FILE_BYTES,
      watch: { mode: values.WATCH, intervalMs: values.WATCH_INTERVAL * SECOND },
      shownSecrets: values.SECRETS_SHOWN,
      gitPlaces: gitPlaces(values, given),
    },
    agents: defined({
      claudeCode: values.CLAUDE_CONFIG_DIR,
      codex: values.CODEX_HOME,
      configHome: values.XDG_CONFIG_HOME,
    }),
    git: gitSettings(values, path),
    backup: backupSettings(values),
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT * SECOND,
    shutdownDelayMs: values.SHUTDOWN_DELAY * SECOND,
  }
}

function gitSettings(values: Values, path: string | undefined): GitSettings {
  const database = databaseSettings(values)
  const kept = database.kind === 'embedded' ? join(database.folder, 'clones') : join(tmpdir(), 'codebase-clones')
  return {
    allowedUrls: values.GIT_ALLOWED_URLS,
    credentials: values.GIT_CREDENTIALS ?? [],
    sources: values.GIT_SOURCES ?? [],
    sourcesIntervalMs: values.GIT_SOURCES_INTERVAL * SECOND,
    pollIntervalMs: values.GIT_POLL_INTERVAL * SECOND,
    timeoutMs: values.GIT_TIMEOUT * SECOND,
    maxBytes: values.GIT_MAX_BYTES,
    clones: { folder: values.CLONES_FOLDER ?? kept, maxBytes: values.CLONES_MAX_BYTES },
    ...defined({
      certificatesFile: values.GIT_SSL_CAINFO,
      proxy: values.HTTPS_PROXY,
      httpProxy: values.HTTP_PROXY,
      noProxy: values.NO_PROXY,
      path,
    }),
  }
}

function backupSettings(values: Values): BackupSettings {
  const { BACKUP_NAME: name, BACKUP_KEEP: keep, BACKUP_FOLDER: folder, RESTORED_DATABASE_URL: restored } = values
  return { name, keep, ...defined({ folder, s3: bucketSettings(values), restored }) }
}
