import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { AccessSettings } from './access/authenticate.ts'
import { isLoopback } from './access/loopback.ts'
import { accessSettings, oidcFaults } from './access/settings.ts'
import { type BucketSettings, bucketSettings, openedBy } from './bucket-settings.ts'
import { type DatabaseSettings, databaseSettings } from './database-settings.ts'
import { ENVIRONMENT } from './environment.ts'
import { Fault } from './errors.ts'
import type { GitCredential } from './git-credentials.ts'
import type { GitSource } from './git-sources.ts'
import type { ShownSecrets } from './shown-secrets.ts'
import { SECOND } from './units.ts'

export interface LogSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly file?: string
}

interface EmbeddingSettings {
  /** Base URL of Ollama; undefined where embeddings are switched off. */
  readonly url?: string
  readonly model: string
  /** Whether `pull-model` may pull from a registry without TLS. */
  readonly insecureRegistry: boolean
  /** What vectors may take of a server's memory. */
  readonly memoryBytes: number
}

export interface HttpSettings extends AccessSettings {
  readonly host: string
  readonly port: number
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
  /** By which clients call the server; without it they are told the name that they called. */
  readonly publicUrl?: string
  /** What git servers sign their calls with; absent where they may not call. */
  readonly webhookSecret?: string
}

/** How folders are watched for changes. */
interface WatchSettings {
  /** `auto` is by events of the file system, and by polling where there are none. */
  readonly mode: 'auto' | 'poll' | 'off'
  /** Between two looks at a folder that is polled. */
  readonly intervalMs: number
}

/** How repositories on git servers are looked at and fetched. */
interface GitSettings {
  /** URLs inside of which any repository may be asked for. */
  readonly allowedUrls: readonly string[]
  readonly credentials: readonly GitCredential[]
  /** Organisations and groups whose repositories are indexed. */
  readonly sources: readonly GitSource[]
  /** 0 where they are listed once, and when a server has told of something. */
  readonly sourcesIntervalMs: number
  /** Certificates by which servers are trusted, besides the system's. */
  readonly certificatesFile?: string
  readonly proxy?: string
  readonly httpProxy?: string
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

export interface BackupSettings {
  /** What the names of backups begin with. */
  readonly name: string
  /** Where they are kept, or, with a bucket, where dumps are on their way. */
  readonly folder?: string
  readonly keep: number
  readonly s3?: BucketSettings
  /** The database that a backup was restored into for a test. */
  readonly restored?: string
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
  readonly indexing: {
    readonly concurrency: number
    readonly maxFileBytes: number
    readonly watch: WatchSettings
    /** Which secrets are indexed as they are. */
    readonly shownSecrets: ShownSecrets
    /** Where the user of this process keeps settings, where that is not `.config` in its home. */
    readonly userConfigFolder?: string
  }
  /** Folders in which agents of this user keep their settings, where those are not in its home. */
  readonly agents: { readonly claudeCode?: string; readonly codex?: string }
  readonly git: GitSettings
  readonly backup: BackupSettings
  readonly shutdownTimeoutMs: number
  /** Of that time, how long requests are still taken. */
  readonly shutdownDelayMs: number
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
  const given = readFiles({ ...withoutEmpty(environment), ...withoutEmpty(overrides) }, faults)
  const values = readValues(given, faults)
  faults.push(...contradictions(values, given))
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
      // The faults of tokens name their lines.
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
  const faults: SettingFault[] = [...oidcFaults(values, given)]
  if (values.DATABASE_URL !== undefined && values.DATABASE_HOST !== undefined) {
    faults.push({
      variables: ['DATABASE_URL', 'DATABASE_HOST'],
      message: 'DATABASE_URL and DATABASE_HOST are both set; keep one of them',
    })
  }
  // What cannot be used has been told of, and was meant to close the server.
  const isOpen = given.AUTH_TOKENS === undefined && given.OIDC_ISSUER === undefined
  if (!isLoopback(values.HOST) && isOpen && values.ALLOWED_HOSTS.length === 0) {
    faults.push({
      variables: ['HOST'],
      message: `HOST is ${values.HOST}, which other machines can reach: set AUTH_TOKENS_FILE or OIDC_ISSUER, or ALLOWED_HOSTS to the names by which clients call the server`,
    })
  }
  if (values.SHUTDOWN_DELAY >= values.SHUTDOWN_TIMEOUT) {
    faults.push({
      variables: ['SHUTDOWN_DELAY', 'SHUTDOWN_TIMEOUT'],
      message: `SHUTDOWN_DELAY (${values.SHUTDOWN_DELAY}) must be below SHUTDOWN_TIMEOUT (${values.SHUTDOWN_TIMEOUT}), which includes it; lower the delay, or raise the timeout`,
    })
  }
  if (values.BACKUP_S3_BUCKET !== undefined && openedBy(values) === undefined) {
    faults.push({
      variables: ['BACKUP_S3_BUCKET'],
      message:
        'BACKUP_S3_BUCKET needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: set them, or name their files, or use a role with AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE',
    })
  }
  return faults
}

function toConfig(values: Values, path: string | undefined): Config {
  return {
    database: databaseSettings(values),
    migrateAtStart: values.MIGRATE_AT_START,
    embedding: {
      ...(values.OLLAMA_BASE_URL === 'off' ? {} : { url: values.OLLAMA_BASE_URL.replace(/\/+$/, '') }),
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
      ...(values.PUBLIC_URL === undefined ? {} : { publicUrl: values.PUBLIC_URL }),
      ...(values.WEBHOOK_SECRET === undefined ? {} : { webhookSecret: values.WEBHOOK_SECRET }),
    },
    log: { level: values.LOG_LEVEL, ...(values.LOG_FILE === undefined ? {} : { file: values.LOG_FILE }) },
    repositories: values.REPOSITORIES,
    repositoryRoots: values.REPOSITORY_ROOTS,
    ...(values.SERVER_URL === undefined ? {} : { serverUrl: values.SERVER_URL }),
    ...(values.SERVER_TOKEN === undefined ? {} : { serverToken: values.SERVER_TOKEN }),
    indexing: {
      concurrency: values.INDEXING_CONCURRENCY,
      maxFileBytes: values.MAX_FILE_BYTES,
      watch: { mode: values.WATCH, intervalMs: values.WATCH_INTERVAL * SECOND },
      shownSecrets: values.SECRETS_SHOWN,
      ...(values.XDG_CONFIG_HOME === undefined ? {} : { userConfigFolder: values.XDG_CONFIG_HOME }),
    },
    agents: {
      ...(values.CLAUDE_CONFIG_DIR === undefined ? {} : { claudeCode: values.CLAUDE_CONFIG_DIR }),
      ...(values.CODEX_HOME === undefined ? {} : { codex: values.CODEX_HOME }),
    },
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
    ...(values.GIT_SSL_CAINFO === undefined ? {} : { certificatesFile: values.GIT_SSL_CAINFO }),
    ...(values.HTTPS_PROXY === undefined ? {} : { proxy: values.HTTPS_PROXY }),
    ...(values.HTTP_PROXY === undefined ? {} : { httpProxy: values.HTTP_PROXY }),
    ...(values.NO_PROXY === undefined ? {} : { noProxy: values.NO_PROXY }),
    pollIntervalMs: values.GIT_POLL_INTERVAL * SECOND,
    timeoutMs: values.GIT_TIMEOUT * SECOND,
    maxBytes: values.GIT_MAX_BYTES,
    clones: { folder: values.CLONES_FOLDER ?? kept, maxBytes: values.CLONES_MAX_BYTES },
    ...(path === undefined ? {} : { path }),
  }
}

function backupSettings(values: Values): BackupSettings {
  const s3 = bucketSettings(values)
  return {
    name: values.BACKUP_NAME,
    keep: values.BACKUP_KEEP,
    ...(values.BACKUP_FOLDER === undefined ? {} : { folder: values.BACKUP_FOLDER }),
    ...(s3 === undefined ? {} : { s3 }),
    ...(values.RESTORED_DATABASE_URL === undefined ? {} : { restored: values.RESTORED_DATABASE_URL }),
  }
}
