import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { Fault } from '../errors.ts'
import { parseJson, parseList } from '../json.ts'
import {
  asBoolean,
  type Fields,
  innermost,
  isAbsent,
  kindOf,
  type Shape,
  singular,
  withOwnNames,
} from './other-names.ts'

/** Fields that take several values as one text, and fields that take one name. */
const LISTS = new Set(['path', 'language'])
const LISTS_OF_ONE = new Set(['repository'])
/** Fields for the most that is wanted: an answer with less fulfils them too. */
const MOSTS = new Set(['limit', 'max_tokens'])

/**
 * Parses a tool's input. Numbers and booleans may be texts, lists may be one text, and empty values count as absent.
 * Unknown arguments are ignored, unless their name is close to that of a field.
 * @throws Fault `request_invalid`
 */
export function readArguments<Input extends z.ZodType>(tool: string, schema: Input, given: unknown): z.output<Input> {
  const shape = schema instanceof z.ZodObject ? (schema.shape as Shape) : {}
  const own = unwrapped(given)
  const { fields, unknown } = isRecord(own) ? withOwnNames(own, shape) : { fields: own ?? {}, unknown: [] }
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

/** Names under which some clients send all arguments, as an object or as its JSON. */
const WRAPPERS = new Set(['argument', 'arg', 'input', 'param', 'parameter', 'kwarg', 'request'])

/** Returns the arguments themselves. */
function unwrapped(given: unknown): unknown {
  const [only, ...others] = isRecord(given) ? Object.entries(given) : []
  if (only === undefined || others.length > 0 || !WRAPPERS.has(singular(only[0]))) return given
  const inner = typeof only[1] === 'string' ? parseJson(only[1]) : only[1]
  return isRecord(inner) ? inner : given
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function coerced(fields: Fields, shape: Shape): Fields {
  const known = Object.entries(fields).map(([name, value]) => {
    const field = shape[name] as z.ZodType
    if (isAbsent(value) && field.safeParse(undefined).success) return [name, undefined]
    const meant = asKind(value, kindOf(field), name)
    return [name, MOSTS.has(name) ? atMost(meant, field) : meant]
  })
  return Object.fromEntries(known.filter(([, value]) => value !== undefined && value !== null))
}

/** Lowers a number to the maximum of its field. */
function atMost(value: unknown, field: z.ZodType): unknown {
  const { maxValue } = innermost(field) as z.ZodNumber
  return typeof value === 'number' && typeof maxValue === 'number' ? Math.min(value, maxValue) : value
}

function asKind(given: unknown, kind: string, name: string): unknown {
  if (kind === 'string') return asText(given, name)
  const value = Array.isArray(given) && given.length === 1 ? given[0] : given
  if (kind === 'number') return asNumber(value)
  if (kind === 'boolean') return asBoolean(value)
  return typeof value === 'string' ? value.trim().toLowerCase() : value
}

/** Accepts full-width digits. */
function asNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const text = value.normalize('NFKC')
  return /^\s*[+-]?\d+(?:\.0*)?\s*$/.test(text) ? Number(text) : value
}

function asText(value: unknown, name: string): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const isList = LISTS.has(name)
  const list = typeof value === 'string' && (isList || LISTS_OF_ONE.has(name)) ? (parseList(value) ?? value) : value
  if (!Array.isArray(list)) return list
  const texts = list.filter((each) => !isAbsent(each))
  const isTexts = texts.length > 0 && texts.every((each) => typeof each === 'string')
  if (!isTexts) return value
  if (name === 'pattern' && texts.length > 1) return texts.map((text) => `(?:${text})`).join('|')
  return texts.join(isList || LISTS_OF_ONE.has(name) ? ',' : ' ')
}

/** Returns the field whose name differs by one or two letters, or by their order. */
function nearest(name: string, fields: readonly string[]): string | undefined {
  const written = singular(name)
  return fields.find((field) => {
    const own = singular(field)
    const isNear = Math.abs(own.length - written.length) <= 2 && distance(written, own) <= (own.length > 5 ? 2 : 1)
    return isNear || lettersOf(own) === lettersOf(written)
  })
}

const lettersOf = (name: string) => name.split('').sort().join('')

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
