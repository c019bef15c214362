import { z } from 'zod'

const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))

const must = (what: string) => (issue: { readonly input?: unknown }) => `must be ${what}, got ${shown(issue.input)}`

/** A number, also where it was set as text. */
export const whole = (min: number, max: number) => {
  const error = must(`a whole number from ${min} to ${max}`)
  const asNumber = (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)
  return z.preprocess(asNumber, z.int({ error }).min(min, { error }).max(max, { error }))
}

export const port = whole(1, 65535)

/** Mebibytes. */
export const memory = whole(128, 1024 * 1024)

/** Processors, of which a part may be had. */
export const cpus = z.preprocess(
  (value) => (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value),
  z
    .number({ error: must('a number of processors such as 1.5') })
    .min(0.1, { error: must('0.1 processors or more') })
    .max(1024, { error: must('at most 1024 processors') }),
)

export const flag = z.boolean({ error: must('true or false') })

export const text = (pattern: RegExp, what: string) => {
  const asText = (value: unknown) => (typeof value === 'number' ? String(value) : value)
  return z.preprocess(asText, z.string({ error: must(what) }).regex(pattern, { error: must(what) }))
}

/** A URL that may hold a password, so that a fault does not show it. */
export const secretUrl = (...protocols: readonly [string, ...string[]]) =>
  z.string({ error: `must be ${startingWith(protocols)}` }).refine((value) => isUrl(value, protocols), {
    error: `must be ${startingWith(protocols)}`,
  })

export const url = (...protocols: readonly [string, ...string[]]) =>
  z.string({ error: must(startingWith(protocols)) }).refine((value) => isUrl(value, protocols), {
    error: must(startingWith(protocols)),
  })

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

/** A size as Kubernetes writes it. */
export const storage = text(/^[1-9]\d*(Mi|Gi|Ti)$/, 'a size such as 20Gi')

/** Bytes of a mebibyte. */
export const MIB = 1024 ** 2

const UNITS: Readonly<Record<string, number>> = { Mi: MIB, Gi: 1024 ** 3, Ti: 1024 ** 4 }

/** The bytes of a `storage`. */
export const bytesOf = (size: string) => Number.parseInt(size, 10) * (UNITS[size.slice(-2)] ?? 1)

export const texts = z.array(z.string({ error: must('text') }).min(1, { error: must('text') }), {
  error: must('a list of texts'),
})

const address = z.union([z.ipv4(), z.ipv6()], { error: must('an IP address') })

export const addresses = z.array(address, { error: must('a list of IP addresses') })

/** Environment variables by name. */
export const variables = z.record(
  z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  z.preprocess(
    (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
    z.string({ error: must('text') }),
  ),
  {
    error: (issue) =>
      issue.code === 'invalid_key' ? 'is not the name of a variable' : must('variables by name')(issue),
  },
)

/** Text by key, such as labels. */
export const words = z.record(
  z.string(),
  z.preprocess(
    (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
    z.string({ error: must('text') }),
  ),
  { error: must('texts by key') },
)

/** Something that a fault must not show. */
export const secretText = z.string({ error: 'must be text' }).min(1, { error: 'must not be empty' })

/** Settings under one key that mean something only when they are given. */
export const optionalGroup = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, { error: must('a group of settings') }).optional()

/** Settings under one key; each has a default, so that the key may be absent. */
export const group = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, { error: must('a group of settings') }).prefault({} as never)
