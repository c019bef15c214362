import { STAND_IN } from '../config.ts'
import { nearest } from '../nearest.ts'
import type { Values } from '../schema.ts'
import { faultOfVariable, OWN_VARIABLES, SERVICE_VARIABLES } from '../service-variables.ts'

const OF_PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  postgres:
    'PGDATA PGHOST PGPORT PGUSER POSTGRES_DB POSTGRES_USER POSTGRES_PASSWORD POSTGRES_PASSWORD_FILE POSTGRES_INITDB_ARGS POSTGRES_INITDB_WALDIR POSTGRES_HOST_AUTH_METHOD'.split(
      ' ',
    ),
  ollama: ['HOME', 'OLLAMA_HOST', 'OLLAMA_MODELS'],
}

const NUMBER = [/^\d+$/, 'a whole number'] as const
const TIME = [/^(-?\d+|(\d+(\.\d+)?(ns|us|ms|s|m|h))+)$/, 'a time such as 24h, or a number of seconds'] as const
const FLAG = [/^(true|false|0|1)$/, 'true or false'] as const

/** Variables that Ollama ignores if their value is invalid. */
const OF_OLLAMA: Readonly<Record<string, readonly [pattern: RegExp, what: string]>> = {
  OLLAMA_CONTEXT_LENGTH: NUMBER,
  OLLAMA_DEBUG: [/^(true|false|\d)$/, 'true or false'],
  OLLAMA_FLASH_ATTENTION: FLAG,
  OLLAMA_GPU_OVERHEAD: NUMBER,
  OLLAMA_KEEP_ALIVE: TIME,
  OLLAMA_KV_CACHE_TYPE: [/^(f16|q8_0|q4_0)$/, 'f16, q8_0 or q4_0'],
  OLLAMA_LOAD_TIMEOUT: TIME,
  OLLAMA_MAX_LOADED_MODELS: NUMBER,
  OLLAMA_MAX_QUEUE: NUMBER,
  OLLAMA_MULTIUSER_CACHE: FLAG,
  OLLAMA_NEW_ENGINE: FLAG,
  OLLAMA_NOPRUNE: FLAG,
  OLLAMA_NUM_PARALLEL: NUMBER,
  OLLAMA_ORIGINS: [
    /^(\*|[a-z-]+:\/\/[^\s,"]+)(,(\*|[a-z-]+:\/\/[^\s,"]+))*$/,
    'origins separated by commas, such as https://app.example.com',
  ],
  OLLAMA_SCHED_SPREAD: FLAG,
}

function faultsOfOllama(env: Given): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const [pattern, what] = OF_OLLAMA[name] ?? []
    if (pattern === undefined) {
      const near = /^OLLAMA/i.test(name) ? nearest(name, Object.keys(OF_OLLAMA), 3) : undefined
      return near === undefined ? [] : [`ollama.env has ${name}, which Ollama does not know; did you mean ${near}?`]
    }
    const isRight = typeof value !== 'string' || value === STAND_IN || pattern.test(value)
    return isRight ? [] : [`ollama.env has ${name}, which must be ${what}, got ${JSON.stringify(value)}`]
  })
}

type Given = Readonly<Record<string, unknown>>

/** Returns the faults of environment variables that would prevent a container from starting or break the stack. */
export function ofVariables({ server, worker, backup, jobs, postgres, ollama }: Values): string[] {
  const ofService: readonly (readonly [string, Given | undefined])[] = [
    ['server.variables', server.variables],
    ['server.env', server.env],
    ['worker.env', worker.env],
    ['backup.env', backup.env],
    ['jobs.env', jobs.env],
  ]
  return [
    ...ofService.flatMap(([key, variables = {}]) =>
      Object.entries(variables).flatMap(([name, value]) => faultsOfVariable(key, name, value)),
    ),
    ...faultsOfOllama(ollama.env ?? {}),
    ...Object.entries({ postgres, ollama }).flatMap(([part, { env = {} }]) =>
      Object.keys(env)
        .filter((name) => OF_PROGRAMS[part]?.includes(name))
        .map((name) => `${part}.env has ${name}, which the stack sets itself; remove it`),
    ),
  ]
}

function faultsOfVariable(key: string, name: string, value: unknown): string[] {
  const own = OWN_VARIABLES[name.replace(/_FILE$/, '')]
  if (own !== undefined) {
    return [`${key} has ${name}, which the stack sets itself; ${own === '' ? 'remove it' : `set ${own} instead`}`]
  }
  if (SERVICE_VARIABLES.includes(name)) {
    const fault = typeof value === 'string' && value !== STAND_IN ? faultOfVariable(name, value) : undefined
    return fault === undefined ? [] : [`${key} has ${name}, which ${fault}`]
  }
  const near = OF_OTHERS.has(name.toUpperCase()) ? undefined : nearest(name, KNOWN, name.length < 8 ? 1 : 2)
  return near === undefined || near === name
    ? []
    : [`${key} has ${name}, which the service does not know; did you mean ${near}?`]
}

// Variables of other programs whose names resemble those of the service.
const OF_OTHERS: ReadonlySet<string> = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'])

const KNOWN = SERVICE_VARIABLES.flatMap((name) => [name, `${name}_FILE`])
