import type { Output } from '@pulumi/pulumi'
import { z } from 'zod'
import { Hidden } from './hidden.ts'

/** What stands before the "@" of a URL may be a password or a token. */
const LOGIN = /:\/\/(?!git@)[^/\s"]*@/g

/** A value in a fault, without the login of a URL. */
export const shown = (value: unknown) =>
  value === undefined ? 'nothing' : JSON.stringify(value).replaceAll(LOGIN, '://…@')

/** Whatever stands in place of a group may be a secret of it, unless it is a number or a flag. */
const mustBeGroup = (issue: { readonly input?: unknown }) =>
  ['string', 'object'].includes(typeof issue.input) && issue.input !== null
    ? 'must be a group of settings'
    : must('a group of settings')(issue)

/** A fault that says what a value must be, and what it is. */
export const must = (what: string) => (issue: { readonly input?: unknown }) =>
  `must be ${what}, got ${shown(issue.input)}`

/** A number, also where it was set as text. */
export const whole = (min: number, max: number) => {
  const error = must(`a whole number from ${min} to ${max}`)
  const asNumber = (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)
  return z.preprocess(asNumber, z.int({ error }).min(min, { error }).max(max, { error }))
}

export const port = whole(1, 65535)

/** Mebibytes, also where they are written as Kubernetes writes them, such as 4Gi. */
export const mebibytes = (min: number, max = 1024 * 1024) => {
  const error = must(`a whole number of MiB from ${min} to ${max}, such as 2048 or 2Gi`)
  const inMebibytes = (value: unknown) => {
    if (typeof value !== 'string' || !/^[1-9]\d*(Mi|Gi|Ti)?$/.test(value)) return value
    return value.endsWith('i') ? amountOf(value) / MIB : Number(value)
  }
  return z.preprocess(inMebibytes, z.int({ error }).min(min, { error }).max(max, { error })).meta({ unit: 'MiB' })
}

export const memory = mebibytes(128)

/** Seconds. */
export const seconds = (min: number, max: number) => {
  const error = must(`a whole number of seconds from ${min} to ${max}, without a unit`)
  const asNumber = (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)
  return z.preprocess(asNumber, z.int({ error }).min(min, { error }).max(max, { error })).meta({ unit: 'seconds' })
}

/** Processors, of which a part may be had, also where they are written as Kubernetes writes them, such as 500m. */
export const cpus = z.preprocess(
  (value) => {
    if (typeof value !== 'string') return value
    if (/^\d+m$/.test(value)) return Number.parseInt(value, 10) / 1000
    return /^\d+(\.\d+)?$/.test(value) ? Number(value) : value
  },
  z
    .number({ error: must('a number of processors such as 1.5 or 500m') })
    .min(0.1, { error: must('0.1 processors or more') })
    .max(1024, { error: must('at most 1024 processors') }),
)

export const flag = z.boolean({ error: must('true or false') })

/** Text that has to be right in some way; a number is taken as it is written. */
export const checkedText = (isRight: (value: string) => boolean, what: string) => {
  const asText = (value: unknown) => (typeof value === 'number' ? String(value) : value)
  return z.preprocess(asText, z.string({ error: must(what) }).refine(isRight, { error: must(what), abort: true }))
}

export const text = (pattern: RegExp, what: string) => checkedText((value) => pattern.test(value), what)

/** A URL that holds a password, so that a fault does not show it. */
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

/** Whether a URL is a place alone: without a login, a query and a fragment. */
export function isBare(value: string): boolean {
  if (!URL.canParse(value)) return true
  const { username, password } = new URL(value)
  return username === '' && password === '' && !/[?#]/.test(value)
}

const startingWith = (protocols: readonly string[]) =>
  `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`

const isUrl = (value: string, protocols: readonly string[]) =>
  URL.canParse(value) && protocols.includes(new URL(value).protocol)

export const oneOf = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words, { error: must(`one of ${words.join(', ')}`) })

/** Some of several words, each at most once. */
export const someOf = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z
    .array(oneOf(...words), { error: must(`a list of ${words.join(', ')}`) })
    .refine((chosen) => new Set(chosen).size === chosen.length, { error: 'names something twice' })

/** Bytes of a mebibyte. */
export const MIB = 1024 ** 2

const POWERS = ['', 'k', 'm', 'g', 't', 'p']

/** A quantity of Kubernetes as a number, such as of bytes or of CPUs; NaN where it is none. */
export function amountOf(quantity: unknown): number {
  const [, number = '', unit = ''] = /^([\d.]+(?:[eE]\d+)?)([A-Za-z]*)$/.exec(String(quantity)) ?? []
  if (unit === 'm') return Number(number) / 1000
  const base = unit.endsWith('i') ? 1024 : 1000
  const power = POWERS.indexOf(unit.replace('i', '').toLowerCase())
  return number === '' || power < 0 ? Number.NaN : Number(number) * base ** power
}

/** A size as Kubernetes writes it, of `least` or more. */
export const storage = (least?: string) => {
  const isSize = (value: string) => /^[1-9]\d*(Mi|Gi|Ti)$/.test(value)
  if (least === undefined) return checkedText(isSize, 'a size such as 20Gi')
  const isEnough = (value: string) => isSize(value) && amountOf(value) >= amountOf(least)
  return checkedText(isEnough, `a size such as 20Gi, of ${least} or more`)
}

/** A list, of which each entry is checked. */
export const listOf = <Kind extends z.ZodType>(kind: Kind, what: string) =>
  z.array(kind, { error: must(`a list of ${what}`) })

export const texts = listOf(z.string({ error: must('text') }).min(1, { error: must('text') }), 'texts')

/** Something that a fault must not show; in a program also an Output, which nobody can check. */
export const secretText = z
  .unknown()
  .transform((value, context) => {
    if (isOutput(value)) return new Hidden(value)
    // A block of YAML, and what is read from a file, end with a line break that nobody means.
    const text = typeof value === 'string' ? value.replace(/\r?\n$/, '') : undefined
    if (text !== undefined && text !== '') return new Hidden(text)
    context.addIssue({ code: 'custom', message: text === '' ? 'must not be empty' : 'must be text' })
    return z.NEVER
  })
  .meta({ secret: true })

// As the SDK marks it; loading that takes longer than reading all settings.
const isOutput = (value: unknown): value is Output<string> =>
  typeof value === 'object' && value !== null && '__pulumiOutput' in value

/** Text; a number or a flag is taken as it is written. */
export const scalar = z.preprocess(
  (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
  z.string({ error: must('text') }).refine((value) => !value.includes('\0'), { error: 'must not have a NUL in it' }),
)

/** Settings under one key that mean something only when they are given. */
export const optionalGroup = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, { error: mustBeGroup }).optional()

/** Settings under one key; each has a default, so that the key may be absent. */
export const group = <Shape extends z.ZodRawShape>(about: string, shape: Shape, facts: Facts = {}) =>
  z
    .strictObject(shape, { error: mustBeGroup })
    .prefault({} as never)
    .meta({ description: about, ...facts })

/** What is said of a setting besides its kind. */
export interface Facts {
  /** Where it means something; everywhere where it is left out. */
  readonly target?: 'docker' | 'kubernetes'
  /** What holds where it is not set and has no default, in words. */
  readonly otherwise?: string
}

/** A setting: its kind with its default, a sentence, and what else is to be said. */
export const setting = <Kind extends z.ZodType>(kind: Kind, about: string, facts: Facts = {}): Kind =>
  kind.meta({ ...kind.meta(), description: about, ...facts })
