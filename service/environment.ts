import { z } from 'zod'

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
