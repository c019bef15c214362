import type { Output } from '@pulumi/pulumi'
import { z } from 'zod'
import { Hidden } from './hidden.ts'
import { faultOfVariable } from './service-variables.ts'

/** The part of a URL before "@", which may be a password or a token. */
const LOGIN = /:\/\/(?!git@)[^/\s"]*@/g

/** A value in a fault, without the login of a URL. */
export const shown = (value: unknown) =>
  value === undefined ? 'nothing' : JSON.stringify(value).replaceAll(LOGIN, '://…@')

/** A text in place of a group may be one of its secrets, so it is not shown. */
const mustBeGroup = (issue: { readonly input?: unknown }) =>
  ['string', 'object'].includes(typeof issue.input) && issue.input !== null
    ? 'must be a group of settings'
    : must('a group of settings')(issue)

/** Returns an error message with the expected and the actual value. */
export const must = (what: string) => (issue: { readonly input?: unknown }) =>
  `must be ${what}, got ${shown(issue.input)}`

/** A whole number, which may be given as text. */
export const whole = (min: number, max: number) => {
  const error = must(`a whole number from ${min} to ${max}`)
  const asNumber = (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)
  return z.preprocess(asNumber, z.int({ error }).min(min, { error }).max(max, { error }))
}

export const port = whole(1, 65535)

/** A port that people open in a browser. */
export const servedPort = port.refine((value) => faultOfVariable('PORT', String(value)) === undefined, {
  error: must('a port to which browsers connect, such as 8000'),
})

/** Most mebibytes that a setting can have. A larger number is meant in bytes, as Kubernetes reads it. */
const MOST_MEBIBYTES = 1024 * 1024

/** A size in mebibytes, which may also be given as a Kubernetes quantity such as 4Gi, 500M or a number of bytes. */
export const mebibytes = (min: number, max = MOST_MEBIBYTES) => {
  const error = must(`a whole number of MiB from ${min} to ${max}, such as 2048 or 2Gi`)
  const inMebibytes = (value: unknown) => {
    const amount = typeof value === 'string' || typeof value === 'number' ? amountOf(value) : Number.NaN
    const size = amount > MOST_MEBIBYTES || /[^\d.]/.test(String(value)) ? Math.floor(amount / MIB) : amount
    return size >= min && size <= max ? size : value
  }
  return z.preprocess(inMebibytes, z.int({ error }).min(min, { error }).max(max, { error })).meta({ unit: 'MiB' })
}

export const memory = mebibytes(128)

/** A time in seconds. */
export const seconds = (min: number, max: number) => {
  const error = must(`a whole number of seconds from ${min} to ${max}, without a unit`)
  const asNumber = (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)
  return z.preprocess(asNumber, z.int({ error }).min(min, { error }).max(max, { error })).meta({ unit: 'seconds' })
}

/** A number of CPUs, which may be a fraction or a Kubernetes quantity such as 500m. */
export const cpus = z.preprocess(
  (value) => {
    const amount = typeof value === 'string' ? amountOf(value) : Number.NaN
    return amount >= 0.1 && amount <= 1024 ? amount : value
  },
  z
    .number({ error: must('a number of CPUs from 0.1 to 1024, such as 1.5 or 500m') })
    .min(0.1, { error: must('0.1 CPUs or more') })
    .max(1024, { error: must('at most 1024 CPUs') }),
)

export const flag = z.boolean({ error: must('true or false') })

/** Text with a check. A number is converted to text. */
export const checkedText = (isRight: (value: string) => boolean, what: string) => {
  const asText = (value: unknown) => (typeof value === 'number' ? String(value) : value)
  return z.preprocess(asText, z.string({ error: must(what) }).refine(isRight, { error: must(what), abort: true }))
}

export const text = (pattern: RegExp, what: string) => checkedText((value) => pattern.test(value), what)

/** A URL with a password, which is not shown in messages. */
export const secretUrl = (...protocols: readonly [string, ...string[]]) => {
  const error = `must be ${startingWith(protocols)}`
  return z
    .string({ error })
    .trim()
    .refine((value) => isUrl(value, protocols), { error })
    .transform((value) => new Hidden(value))
    .meta({ secret: true, standIn: `${protocols[0]}//encrypted:encrypted@encrypted.invalid:5432/encrypted` })
}

export const url = (...protocols: readonly [string, ...string[]]) =>
  z
    .string({ error: must(startingWith(protocols)) })
    .trim()
    .refine((value) => isUrl(value, protocols), { error: must(startingWith(protocols)) })

/** Whether a URL has no login, query or fragment. */
export function isBare(value: string): boolean {
  if (!URL.canParse(value)) return true
  const { username, password } = new URL(value)
  return username === '' && password === '' && !/[?#]/.test(value)
}

const startingWith = (protocols: readonly string[]) =>
  `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`

const isUrl = (value: string, protocols: readonly string[]) =>
  URL.canParse(value) && protocols.includes(new URL(value).protocol) && new URL(value).port !== '0'

export const oneOf = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words, { error: must(`one of ${words.join(', ')}`) })

/** A list of some of the words, without duplicates. */
export const someOf = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z
    .array(oneOf(...words), { error: must(`a list of ${words.join(', ')}`) })
    .refine((chosen) => new Set(chosen).size === chosen.length, { error: 'has duplicate entries' })

/** Number of bytes in a mebibyte. */
export const MIB = 1024 ** 2

const SMALL: Readonly<Record<string, number>> = { n: 1e-9, u: 1e-6, m: 1e-3 }
const DECIMAL = ['', 'k', 'M', 'G', 'T', 'P', 'E']
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([A-Za-z]{0,2}))$/

/** Parses a Kubernetes quantity, such as of bytes or CPUs. NaN if it is invalid. */
export function amountOf(quantity: unknown): number {
  const [, number, exponent = '', unit = ''] = QUANTITY.exec(String(quantity)) ?? []
  if (number === undefined) return Number.NaN
  const value = Number(`${number}${exponent}`)
  if (unit in SMALL) return value * (SMALL[unit] ?? 1)
  const [decimal, binary] = [DECIMAL.indexOf(unit), BINARY.indexOf(unit)]
  if (decimal < 0 && binary < 0) return Number.NaN
  return value * (decimal < 0 ? 1024 ** binary : 1000 ** decimal)
}

const MOST_BYTES = 1024 ** 6

/** A size as a Kubernetes quantity, of at least `least`. A number is of bytes. */
export const storage = (least: string) =>
  checkedText(
    (value) => amountOf(value) >= amountOf(least) && amountOf(value) <= MOST_BYTES,
    `a size such as 20Gi, of ${least} or more`,
  )

/** A list whose entries are checked. */
export const listOf = <Kind extends z.ZodType>(kind: Kind, what: string) =>
  z.array(kind, { error: must(`a list of ${what}`) })

export const texts = listOf(z.string({ error: must('text') }).min(1, { error: must('text') }), 'texts')

/** Secret text, which is not shown in messages. In a program it may also be an Output, which cannot be checked. */
export const secretText = z
  .unknown()
  .transform((value, context) => {
    if (isOutput(value)) return new Hidden(value)
    // A YAML block, or a file, ends with a line break that is not part of the value.
    const text = typeof value === 'string' ? value.replace(/\r?\n$/, '') : undefined
    if (text !== undefined && text !== '') return new Hidden(text)
    context.addIssue({ code: 'custom', message: text === '' ? 'must not be empty' : 'must be text' })
    return z.NEVER
  })
  .meta({ secret: true })

// The SDK's own check is avoided, because loading the SDK takes longer than reading all settings.
const isOutput = (value: unknown): value is Output<string> =>
  typeof value === 'object' && value !== null && '__pulumiOutput' in value

/** Text. A number or a boolean is converted to text. */
export const scalar = z.preprocess(
  (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
  z
    .string({ error: must('text') })
    .refine((value) => !value.includes('\0'), { error: 'must not contain a NUL character' }),
)

/** A group that is undefined unless it is given. */
export const optionalGroup = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, { error: mustBeGroup }).optional()

/** A group that may be omitted, because each of its settings has a default. */
export const group = <Shape extends z.ZodRawShape>(about: string, shape: Shape, facts: Facts = {}) =>
  z
    .strictObject(shape, { error: mustBeGroup })
    .prefault({} as never)
    .meta({ description: about, ...facts })

/** Metadata of a setting. */
export interface Facts {
  /** Target to which the setting applies. Undefined for both. */
  readonly target?: 'docker' | 'kubernetes'
  /** Text for the default, if the schema has none. */
  readonly otherwise?: string
}

/** Describes a setting. @param kind schema with its default @param about sentence for the documentation */
export const setting = <Kind extends z.ZodType>(kind: Kind, about: string, facts: Facts = {}): Kind =>
  kind.meta({ ...kind.meta(), description: about, ...facts })
