import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { Fault } from '../errors.ts'
import { parseJson } from '../json.ts'

/** What other tools of agents call the same thing, without capitals and signs. */
const OTHER_NAMES = new Map(
  Object.entries({
    repository: ['repo', 'reponame', 'repositoryname'],
    path: ['file', 'filepath', 'filename', 'glob', 'include', 'folder', 'directory'],
    language: ['lang'],
    pattern: ['regex', 'regexp'],
    name: ['symbol'],
    limit: ['maxresults', 'topk'],
  }).flatMap(([field, names]) => names.map((name) => [name, field] as const)),
)
/** Fields that take several values as one text. */
const LISTS = new Set(['path', 'language'])
const ABSENT = new Set(['', 'null', 'undefined'])
const BOOLEANS = new Map<unknown, boolean>([
  ['true', true],
  ['yes', true],
  ['1', true],
  [1, true],
  ['false', false],
  ['no', false],
  ['0', false],
  [0, false],
])

/**
 * The input of a tool out of what a client sent: numbers and booleans may be texts, lists may be one text, what is empty is
 * absent, and what a client adds for itself is passed over unless it is nearly the name of a field.
 * @throws Fault `request_invalid`
 */
export function readArguments<Input extends z.ZodType>(tool: string, schema: Input, given: unknown): z.output<Input> {
  const shape = schema instanceof z.ZodObject ? (schema.shape as Readonly<Record<string, z.ZodType>>) : {}
  const { fields, unknown } = isRecord(given) ? named(given, shape) : { fields: given ?? {}, unknown: [] }
  const parsed = schema.safeParse(isRecord(fields) ? coerced(fields, shape) : fields, { reportInput: true })
  const misspelt = unknown.flatMap((name) => {
    const near = nearest(name, Object.keys(shape))
    return near === undefined || (isRecord(fields) && near in fields)
      ? []
      : [`${JSON.stringify(name)} is unknown, and nearly ${near}`]
  })
  if (parsed.success && misspelt.length === 0) return parsed.data
  const wrong = [...misspelt, ...(parsed.error?.issues.map(describeIssue) ?? [])]
  throw new Fault('request_invalid', `${tool} cannot take this: ${wrong.join('; ')}`, remedyFor(Object.keys(shape)))
}

type Fields = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What was sent by the names of the fields, and the names that are of none. */
function named(given: Fields, shape: Fields): { readonly fields: Fields; readonly unknown: readonly string[] } {
  const byPlainName = new Map(Object.keys(shape).map((name) => [plain(name), name]))
  const fields = new Map<string, unknown>()
  const unknown: string[] = []
  for (const [name, value] of Object.entries(given)) if (Object.hasOwn(shape, name)) fields.set(name, value)
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(shape, name)) continue
    const meant = byPlainName.get(plain(name)) ?? byPlainName.get(OTHER_NAMES.get(plain(name)) ?? '')
    if (meant === undefined) unknown.push(name)
    else if (isAbsent(fields.get(meant))) fields.set(meant, value)
  }
  return { fields: Object.fromEntries(fields), unknown }
}

const LONGEST_NAME = 40
const plain = (name: string) =>
  name
    .slice(0, LONGEST_NAME)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')

function coerced(fields: Fields, shape: Readonly<Record<string, z.ZodType>>): Fields {
  const known = Object.entries(fields).map(([name, value]) => {
    const field = shape[name] as z.ZodType
    return [
      name,
      isAbsent(value) && field.safeParse(undefined).success ? undefined : asKind(value, kindOf(field), name),
    ]
  })
  return Object.fromEntries(known.filter(([, value]) => value !== undefined && value !== null))
}

const isAbsent = (value: unknown) =>
  value === undefined || value === null || (typeof value === 'string' && ABSENT.has(value.trim().toLowerCase()))

function kindOf(field: z.ZodType): string {
  const { def } = field as unknown as { def: { type: string; innerType?: z.ZodType } }
  return def.innerType === undefined ? def.type : kindOf(def.innerType)
}

function asKind(value: unknown, kind: string, name: string): unknown {
  if (kind === 'number') return asNumber(value)
  if (kind === 'boolean') return BOOLEANS.get(typeof value === 'string' ? value.trim().toLowerCase() : value) ?? value
  if (kind === 'string') return asText(value, name)
  return typeof value === 'string' ? value.trim() : value
}

function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[+-]?\d+(?:\.0*)?\s*$/.test(value) ? Number(value) : value
}

function asText(value: unknown, name: string): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const isList = LISTS.has(name)
  const list = isList && typeof value === 'string' && /^\s*\[\s*"/.test(value) ? parseJson(value) : value
  const isTexts = Array.isArray(list) && list.length > 0 && list.every((each) => typeof each === 'string')
  return isTexts ? list.join(isList ? ',' : ' ') : value
}

/** The field whose name is one or two letters away. */
function nearest(name: string, fields: readonly string[]): string | undefined {
  const written = plain(name)
  return fields.find((field) => {
    const own = plain(field)
    return Math.abs(own.length - written.length) <= 2 && distance(written, own) <= (own.length > 5 ? 2 : 1)
  })
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const where = issue.path.map(String).join('.')
  return issue.path.length === 0
    ? issue.message
    : `${where}: ${withoutReceived(issue.message)}, got ${shown(issue.input)}`
}

/** The library says of what kind the value was, which the value itself tells better. */
const withoutReceived = (message: string) => message.replace(/, received \w+$/, '')

function shown(input: unknown): string {
  if (input === undefined) return 'nothing'
  // What nests deeply is more than JSON.stringify can bear.
  if (typeof input === 'object' && input !== null) return Array.isArray(input) ? 'an array' : 'an object'
  const text = String(JSON.stringify(input))
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function remedyFor(fields: readonly string[]): string {
  return fields.length === 0 ? 'It takes no arguments' : `It takes ${fields.join(', ')}`
}
