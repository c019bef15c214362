import { z } from 'zod'
import { must, scalar } from './kinds.ts'
import { nearest } from './nearest.ts'
import PARAMETERS from './postgres-parameters.json' with { type: 'json' }

/** Parameters that the stack must set itself, and the setting to use instead, if there is one. */
const OWN: Readonly<Record<string, string>> = {
  shared_buffers: 'postgres.sharedBuffers',
  maintenance_work_mem: 'postgres.maintenanceMemory',
  max_wal_size: 'postgres.walStorage',
  ssl: 'postgres.tls',
  ssl_cert_file: 'postgres.tlsSecret',
  ssl_key_file: 'postgres.tlsSecret',
  ssl_ca_file: 'postgres.tlsSecret',
  hba_file: '',
  ident_file: '',
  config_file: '',
  data_directory: '',
  listen_addresses: '',
  port: '',
  unix_socket_directories: '',
}

/** What Postgres accepts for a parameter. */
interface Kind {
  readonly type: 'bool' | 'integer' | 'real' | 'string' | 'enum' | 'internal'
  /** Unit of the limits. */
  readonly unit?: string
  readonly min?: number
  readonly max?: number
  readonly values?: readonly string[]
}

/** Parameters of Postgres 18 by name, from its view pg_settings. */
const KINDS: Readonly<Record<string, Kind>> = PARAMETERS as Readonly<Record<string, Kind>>

export const isParameter = (name: string) => name.toLowerCase() in KINDS

/** Name of a parameter; one of an extension follows the extension's. */
const NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i

/** Units by their size in the smallest one, of bytes and of times. */
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1024,
  '8kB': 8192,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
}
const TIMES: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, min: 6e7, h: 3.6e9, d: 8.64e10 }
const UNITS = [...Object.keys(BYTES).filter((unit) => unit !== '8kB'), ...Object.keys(TIMES)]

/** Parameters of Postgres by name, as `postgres -c` takes them. */
export const parameters = z
  .record(z.string(), scalar, { error: must('parameters by name') })
  .superRefine((given, context) => {
    for (const [name, value] of Object.entries(given)) {
      const message = faultOf(name, value)
      if (message !== undefined) context.addIssue({ code: 'custom', path: [name], message })
    }
  })
  .meta({ keyed: true })

function faultOf(name: string, value: string): string | undefined {
  if (!NAME.test(name)) {
    const near = nearParameter(name)
    return `is not the name of a parameter${near === undefined ? '' : `; did you mean ${near}?`}`
  }
  const own = OWN[name.toLowerCase()]
  if (own !== undefined) return `is set by the stack itself; ${own === '' ? 'remove it' : `set ${own} instead`}`
  const kind = KINDS[name.toLowerCase()]
  if (kind === undefined) {
    const near = nearParameter(name)
    return near === undefined ? undefined : `is not a parameter of Postgres; did you mean ${near}?`
  }
  return faultOfValue(kind, value)
}

/** Returns the parameter that a misspelt name, or one in the style of JSON, is for. */
export function nearParameter(name: string): string | undefined {
  if (name.includes('.')) return undefined
  const spelt = name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase()
  const known = [...Object.keys(KINDS), ...Object.keys(OWN)]
  return known.includes(spelt) ? spelt : nearest(spelt, known, 2)
}

const BOOLEAN = /^(on|off|t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|0|1|of)$/i

function faultOfValue(kind: Kind, value: string): string | undefined {
  const got = `got ${JSON.stringify(value)}`
  switch (kind.type) {
    case 'internal':
      return 'cannot be set, because Postgres only reports it; remove it'
    case 'bool':
      return BOOLEAN.test(value.trim()) ? undefined : `must be on or off, ${got}`
    case 'enum':
      return isOneOf(kind.values ?? [], value) ? undefined : `must be one of ${(kind.values ?? []).join(', ')}, ${got}`
    case 'string':
      return undefined
    case 'integer':
    case 'real':
      return faultOfNumber(kind, value)
  }
}

/** Postgres takes a boolean for a word of the same meaning, and older words that it does not list. */
function isOneOf(values: readonly string[], value: string): boolean {
  const word = value.trim().toLowerCase()
  const isSwitch = values.some((each) => each === 'on' || each === 'off')
  return (
    values.some((each) => each.toLowerCase() === word) ||
    (isSwitch && BOOLEAN.test(word)) ||
    (word === 'debug' && values.includes('debug1')) ||
    (['archive', 'hot_standby'].includes(word) && values.includes('replica'))
  )
}

const NUMBER = /^([+-]?(?:0x[\da-f]+|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+))\s*([A-Za-z]*)$/

function faultOfNumber(kind: Kind, value: string): string | undefined {
  const [, number, unit = ''] = NUMBER.exec(value.trim()) ?? []
  if (number === undefined) {
    return `must be a number${kind.unit === undefined ? '' : ' with a unit'}, got ${JSON.stringify(value)}`
  }
  const scale = kind.unit === undefined ? {} : kind.unit in BYTES ? BYTES : TIMES
  return faultOfUnit(unit, scale, value) ?? faultOfAmount(kind, Number(number) * factorOf(unit, scale, kind), value)
}

type Scale = Readonly<Record<string, number>>

const factorOf = (unit: string, scale: Scale, kind: Kind) =>
  unit === '' ? 1 : (scale[unit] ?? 1) / (scale[kind.unit ?? ''] ?? 1)

function faultOfUnit(unit: string, scale: Scale, value: string): string | undefined {
  if (unit === '' || (unit in scale && UNITS.includes(unit))) return undefined
  const told = JSON.stringify(value)
  if (!UNITS.includes(unit)) return `is ${told}, whose unit Postgres does not have; use ${UNITS.join(', ')}`
  const own = UNITS.filter((each) => each in scale)
  return own.length === 0
    ? `must be a number without a unit, got ${told}`
    : `must have a unit of ${scale === BYTES ? 'bytes' : 'time'}, ${own.join(', ')}, got ${told}`
}

/** Postgres rounds to its unit. */
function faultOfAmount({ unit, min, max }: Kind, amount: number, value: string): string | undefined {
  const isIn = Math.round(amount) >= (min ?? Number.NEGATIVE_INFINITY) && amount <= (max ?? Number.POSITIVE_INFINITY)
  const of = unit === undefined ? '' : ` ${unit}`
  const range = max === undefined ? `${min}${of} or more` : `from ${min}${of} to ${max}${of}`
  return isIn ? undefined : `must be ${range}, got ${JSON.stringify(value)}`
}
