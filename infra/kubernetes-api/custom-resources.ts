import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Ajv } from 'ajv'

/** Schemas of operators' objects by API version and kind, such as postgresql.cnpg.io/v1/Cluster. */
type Schemas = Readonly<Record<string, object>>

/** Files of the schemas by API group. */
const FILES: Readonly<Record<string, string>> = {
  'postgresql.cnpg.io': 'cloudnative-pg',
  'barmancloud.cnpg.io': 'barman-cloud',
}

const requireModule = createRequire(import.meta.url)
const read = new Map<string, Schemas>()
const compiled = new Map<string, ReturnType<typeof modelFrom>>()

function schemasOf(group: string): Schemas {
  const file = FILES[group]
  if (file === undefined) return {}
  const schemas =
    read.get(group) ?? (JSON.parse(readFileSync(new URL(`./crds/${file}.json`, import.meta.url), 'utf8')) as Schemas)
  read.set(group, schemas)
  return schemas
}

const groupOf = (name: string) => name.slice(0, name.indexOf('/'))

/** Returns the kinds of an operator's API version. Empty if there is no schema of it. */
export const customKindsOf = (apiVersion: string): string[] =>
  Object.keys(schemasOf(groupOf(apiVersion)))
    .filter((name) => name.startsWith(`${apiVersion}/`))
    .map((name) => name.slice(apiVersion.length + 1))

/** Returns a model that checks objects of a kind. Undefined if there is no schema of it. */
export function customModelOf(name: string) {
  const schema = schemasOf(groupOf(name))[name]
  if (schema === undefined) return undefined
  const model = compiled.get(name) ?? modelFrom(schema)
  compiled.set(name, model)
  return model
}

function modelFrom(schema: object) {
  // Loaded only when needed, because that takes longer than reading all settings.
  const { Ajv: Checker } = requireModule('ajv') as { readonly Ajv: typeof Ajv }
  const check = new Checker({ strict: false, allErrors: true }).compile(schema)
  return class {
    constructor(data: object) {
      Object.assign(this, data)
    }

    validate(): void {
      if (!check(this)) throw Object.assign(new Error('The object violates its schema'), { errors: check.errors })
    }
  }
}
