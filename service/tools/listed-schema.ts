import { z } from 'zod'

export interface ListedSchema {
  readonly type: 'object'
  readonly [word: string]: unknown
}

/** Keywords that some version of Gemini's or OpenAI's subset of JSON Schema lacks, or that only cost tokens. */
const LEFT_OUT = new Set(['$schema', 'additionalProperties', 'propertyNames', 'default', 'minLength', 'maxLength'])

/**
 * Returns the JSON Schema of a tool's input or output, in the keywords that draft 07 and 2020-12 share and that every
 * client's model accepts: `type`, `properties`, `required`, `items`, `enum`, `minimum`, `maximum`, `description`. The
 * tool itself checks the rest.
 */
export function listedSchema(schema: z.ZodType): ListedSchema {
  return plain(z.toJSONSchema(schema, { io: 'input', target: 'draft-7' })) as ListedSchema
}

function plain(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plain)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema).flatMap(([word, value]) => {
      if (word === 'properties') return [[word, eachPlain(value)]]
      return LEFT_OUT.has(word) || isNoBound(value) ? [] : [[word, plain(value)]]
    }),
  )
}

const eachPlain = (schemas: object) =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, plain(schema)]))

/** Whether a bound applies to every integer. */
const isNoBound = (value: unknown) => typeof value === 'number' && Math.abs(value) === Number.MAX_SAFE_INTEGER
