import { existsSync, readdirSync } from 'node:fs'
import { createRequire, findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { type Properties, SECRET, UNKNOWN } from './policy/policy.ts'
import { isObject } from './policy/properties.ts'

/** What is wrong with an object or a part of one, and where. */
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
// What is checked is known only by its kind, and the package lets itself be imported alone, which would make all wait.
const FOLDER = dirname(findPackageJSON('kubernetes-models', import.meta.url) ?? '')

/** The model of a kind, or of a part such as v1/Container; undefined where Kubernetes has none, as of what an operator adds. */
function modelOf(name: string): Model | undefined {
  const file = join(FOLDER, `${name}.js`)
  if (!existsSync(file)) return undefined
  return (requireModule(file) as Readonly<Record<string, Model>>)[name.slice(name.lastIndexOf('/') + 1)]
}

/** The versions in which Kubernetes has a kind, such as apps/v1: the stable ones, where there are such; none of others. */
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

/** What an API server would not take of an object or a part of one; nothing where Kubernetes has no such kind. */
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

/** One for each place: of the kinds that a quantity may be, all are told of. */
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

/** Fits no type. */
const PROBE = () => {}

/** Keys about whose value, whatever it is, the schema has nothing to say; of groups that are of the right type themselves. */
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
        says: 'is no field that Kubernetes has there; correct its name, or remove it',
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
