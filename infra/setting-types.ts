import { z } from 'zod'

const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value))

const must = (what: string) => (issue: { readonly input?: unknown }) => `must be ${what}, got ${shown(issue.input)}`

/** A number, also where it was set as text. */
export const whole = (min: number, max: number) => {
  const error = must(`a whole number from ${min} to ${max}`)
  const asNumber = (value: unknown) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)
  return z.preprocess(asNumber, z.int({ error }).min(min, { error }).max(max, { error }))
}

/** Mebibytes. */
export const memory = whole(128, 1024 * 1024)

export const flag = z.boolean({ error: must('true or false') })

export const text = (pattern: RegExp, what: string) => {
  const asText = (value: unknown) => (typeof value === 'number' ? String(value) : value)
  return z.preprocess(asText, z.string({ error: must(what) }).regex(pattern, { error: must(what) }))
}

export const oneOf = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words, { error: must(`one of ${words.join(', ')}`) })

/** A size as Kubernetes writes it. */
export const storage = text(/^[1-9]\d*(Mi|Gi|Ti)$/, 'a size such as 20Gi')

export const texts = z.array(z.string({ error: must('text') }).min(1, { error: must('text') }), {
  error: must('a list of texts'),
})

/** Settings under one key; each has a default, so that the key may be absent. */
export const group = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, { error: must('a group of settings') }).prefault({} as never)
