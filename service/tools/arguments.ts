import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { Fault } from '../errors.ts'
import { parseJson } from '../json.ts'

/**
 * Names that other agent tools use for the same fields, without case and punctuation. Of several fields, the first that
 * a tool has is used.
 */
const OTHER_NAMES = Object.entries({
  query: ['q', 'text', 'search', 'searchquery', 'searchterm', 'question', 'keyword', 'keywords', 'pattern'],
  pattern: ['regex', 'regexp', 'query', 'q', 'text', 'search', 'searchquery', 'searchterm'],
  name: ['symbol', 'symbolname', 'query', 'pattern'],
  repository: ['repo', 'reponame', 'repositoryname', 'project'],
  path: 'file filepath filename targetfile absolutepath relativepath uri glob globpattern include folder directory targetdirectory pattern'.split(
    ' ',
  ),
  language: ['lang', 'languages'],
  limit: ['maxresults', 'topk', 'headlimit', 'numresults'],
  start_line: ['offset', 'linestart', 'fromline'],
  end_line: ['lineend', 'toline'],
  context: ['contextlines', 'c'],
  ignore_case: ['i', 'caseinsensitive', 'insensitive'],
  literal: ['fixedstrings', 'fixedstring', 'isliteral'],
})
/** Names that other tools use for the opposite. */
const OPPOSITES = Object.entries({
  ignore_case: ['casesensitive', 'matchcase'],
  literal: ['isregex', 'isregexp', 'useregex', 'regex'],
})
/** Fields that take several values as one text, and fields that take one name. */
const LISTS = new Set(['path', 'language'])
const LISTS_OF_ONE = new Set(['repository'])
const ABSENT = new Set(['', 'null', 'undefined', '*'])
const BOOLEANS = new Map<unknown, boolean>([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  [1, true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
  [0, false],
])

/**
 * Parses a tool's input. Numbers and booleans may be texts, lists may be one text, and empty values count as absent.
 * Unknown arguments are ignored, unless their name is close to that of a field.
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

/** Renames what was sent to the names of the fields, and returns the names that match none. */
function named(given: Fields, shape: Fields): { readonly fields: Fields; readonly unknown: readonly string[] } {
  const { own = [], others = [] } = Object.groupBy(Object.entries(given), ([name]) =>
    Object.hasOwn(shape, name) ? 'own' : 'others',
  )
  const fields = new Map(own)
  const unknown: string[] = []
  for (const [name, value] of others) {
    const meant = meantBy(name, value, shape)
    if (meant === undefined) unknown.push(name)
    else if (isAbsent(fields.get(meant.field))) fields.set(meant.field, meant.value)
  }
  return { fields: Object.fromEntries(fields), unknown }
}

function meantBy(name: string, value: unknown, shape: Fields): { field: string; value: unknown } | undefined {
  const written = plain(name)
  const flag = asBoolean(value)
  const opposite = typeof flag === 'boolean' ? fieldIn(OPPOSITES, written, shape) : undefined
  if (opposite !== undefined) return { field: opposite, value: !flag }
  const field = Object.keys(shape).find((each) => plain(each) === written) ?? fieldIn(OTHER_NAMES, written, shape)
  return field === undefined ? undefined : { field, value }
}

type Names = readonly (readonly [field: string, names: readonly string[]])[]

function fieldIn(all: Names, written: string, shape: Fields): string | undefined {
  return all.find(([field, names]) => Object.hasOwn(shape, field) && names.includes(written))?.[0]
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

function isAbsent(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isAbsent)
  if (typeof value !== 'string') return value === undefined || value === null
  const text = value.trim()
  return ABSENT.has(text.toLowerCase()) || text === 'None' || /^\[\s*\]$/.test(text)
}

function kindOf(field: z.ZodType): string {
  const { def } = field as unknown as { def: { type: string; innerType?: z.ZodType } }
  return def.innerType === undefined ? def.type : kindOf(def.innerType)
}

function asKind(given: unknown, kind: string, name: string): unknown {
  if (kind === 'string') return asText(given, name)
  const value = Array.isArray(given) && given.length === 1 ? given[0] : given
  if (kind === 'number') return asNumber(value)
  if (kind === 'boolean') return asBoolean(value)
  return typeof value === 'string' ? value.trim().toLowerCase() : value
}

const asBoolean = (value: unknown) =>
  BOOLEANS.get(typeof value === 'string' ? value.trim().toLowerCase() : value) ?? value

/** Accepts full-width digits. */
function asNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const text = value.normalize('NFKC')
  return /^\s*[+-]?\d+(?:\.0*)?\s*$/.test(text) ? Number(text) : value
}

function asText(value: unknown, name: string): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const isList = LISTS.has(name)
  const list = typeof value === 'string' && (isList || LISTS_OF_ONE.has(name)) ? (listIn(value) ?? value) : value
  if (!Array.isArray(list)) return list
  const texts = list.filter((each) => !isAbsent(each))
  const isTexts = texts.length > 0 && texts.every((each) => typeof each === 'string')
  return isTexts ? texts.join(isList || LISTS_OF_ONE.has(name) ? ',' : ' ') : value
}

/** Parses a list in a text, in JSON or Python notation. Brackets without quotation marks are part of a name. */
function listIn(text: string): unknown {
  if (!/^\s*\[\s*["']/.test(text)) return undefined
  const list = parseJson(text) ?? parseJson(text.replaceAll("'", '"'))
  return Array.isArray(list) ? list : undefined
}

/** Returns the field whose name differs by one or two letters. */
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

/** Removes the received type: the message shows the value itself. */
const withoutReceived = (message: string) => message.replace(/, received \w+$/, '')

function shown(input: unknown): string {
  if (input === undefined) return 'nothing'
  // JSON.stringify cannot handle deep nesting.
  if (typeof input === 'object' && input !== null) return Array.isArray(input) ? 'an array' : 'an object'
  const text = String(JSON.stringify(input))
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function remedyFor(fields: readonly string[]): string {
  return fields.length === 0 ? 'It takes no arguments' : `It takes ${fields.join(', ')}`
}
