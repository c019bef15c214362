import { existsSync, readdirSync } from 'node:fs'
import { createRequire, findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { type Properties, SECRET, UNKNOWN } from './policy/policy.ts'
import { isObject } from './policy/properties.ts'

/** Problem of an object or a part of one, and its path. */
export interface Problem {
  readonly path: readonly string[]
  readonly says: string
}

interface Model {
  readonly prototype: { validate(): void }
  new (data: object): { validate(): void }
}

interface SchemaError {
  readonly instancePath: string
  readonly keyword: string
  readonly message?: string
  readonly params: Readonly<Record<string, unknown>>
}

const requireModule = createRequire(import.meta.url)
// Loaded by kind at runtime. `require` is used, because importing the package would load all models at startup.
const FOLDER = dirname(findPackageJSON('kubernetes-models', import.meta.url) ?? '')

/**
 * Returns the model of a kind or of a part such as v1/Container. Undefined if Kubernetes has none, as for custom
 * resources.
 */
function modelOf(name: string): Model | undefined {
  const file = join(FOLDER, `${name}.js`)
  if (!existsSync(file)) return undefined
  return (requireModule(file) as Readonly<Record<string, Model>>)[name.slice(name.lastIndexOf('/') + 1)]
}

/**
 * Returns the API versions of a kind, such as apps/v1: the stable versions if there are any, else all. Empty if
 * Kubernetes does not have the kind.
 */
export function versionsOf(kind: string): string[] {
  const all = groups().flatMap((group) =>
    /^v\d/.test(group)
      ? [group]
      : readdirSync(join(FOLDER, group), { withFileTypes: true }).flatMap((each) =>
          each.isDirectory() ? [`${group}/${each.name}`] : [],
        ),
  )
  const own = /^[A-Z]\w*$/.test(kind) ? all.filter((version) => existsSync(join(FOLDER, version, `${kind}.js`))) : []
  const stable = own.filter((version) => /(^|\/)v\d+$/.test(version))
  return stable.length > 0 ? stable : own
}

const groups = () =>
  readdirSync(FOLDER, { withFileTypes: true }).flatMap((each) =>
    each.isDirectory() && !each.name.startsWith('_') ? [each.name] : [],
  )

/** Returns the schema violations of an object or a part of one. Empty if Kubernetes does not have the kind. */
export function schemaProblems(name: string, value: Properties): Problem[] {
  const model = modelOf(name)
  if (model === undefined) return []
  return [...wrongValues(model, value), ...unknownKeys(model, value)]
}

function errorsOf(Model: Model, value: Properties): readonly SchemaError[] {
  try {
    new Model(value).validate()
    return []
  } catch (error) {
    const { errors } = error as { readonly errors?: readonly SchemaError[] }
    if (errors === undefined) throw error
    return errors
  }
}

const partsOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Properties | undefined)?.[key], value)
}

/** Returns one problem for each path, because a quantity reports an error for each type that it may have. */
function wrongValues(model: Model, value: Properties): Problem[] {
  const problems = errorsOf(model, value).map((error) => problemOf(error, value))
  const known = problems.filter(({ path }) => ![UNKNOWN, SECRET].includes(at(value, path) as string))
  return [...new Map(known.map((problem) => [problem.path.join('/'), problem])).values()]
}

function problemOf({ instancePath, keyword, message, params }: SchemaError, value: Properties): Problem {
  const path = partsOf(instancePath)
  if (keyword === 'required') return { path: [...path, String(params.missingProperty)], says: 'is missing' }
  const got = JSON.stringify(at(value, path))
  if (keyword === 'enum')
    return { path, says: `must be one of ${(params.allowedValues as string[]).join(', ')}, got ${got}` }
  if (keyword === 'oneOf') return { path, says: `must be a quantity such as 512Mi or 0.5, got ${got}` }
  if (keyword === 'type')
    return { path, says: `must be ${TYPES[String(params.type)] ?? String(params.type)}, got ${got}` }
  return { path, says: `${message ?? 'is wrong'}, got ${got}` }
}

const TYPES: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  string: 'text',
  array: 'a list',
  object: 'a group',
}

/** A value that no type accepts. */
const PROBE = () => {}

/**
 * Finds keys that the schema does not check whatever their value is, and so does not know. Objects of the wrong type
 * are skipped.
 */
function unknownKeys(model: Model, value: Properties): Problem[] {
  const wrong = new Set(errorsOf(model, value).map(({ instancePath }) => instancePath))
  return [...groupsIn(value, [])].flatMap(({ path, group }) => {
    if (path.some((_, end) => wrong.has(pointer(path.slice(0, end + 1))))) return []
    const probes = Object.fromEntries(Object.keys(group).map((key) => [key, PROBE]))
    const told = new Set(errorsOf(model, replaced(value, path, probes)).map(({ instancePath }) => instancePath))
    return Object.keys(group)
      .filter((key) => !told.has(pointer([...path, key])))
      .map((key) => ({
        path: [...path, key],
        says: 'is not a field in the Kubernetes schema; correct its name or remove it',
      }))
  })
}

const pointer = (path: readonly string[]) =>
  path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

function* groupsIn(value: unknown, path: readonly string[]): Generator<{ path: readonly string[]; group: Properties }> {
  if (isObject(value)) yield { path, group: value }
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) yield* groupsIn(inner, [...path, key])
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): Properties {
  if (key === undefined) return by as Properties
  const inner = replaced((value as Properties)[key], rest, by)
  return (
    Array.isArray(value) ? value.with(Number(key), inner) : { ...(value as Properties), [key]: inner }
  ) as Properties
}
