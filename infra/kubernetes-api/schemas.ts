import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire, findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import type { Properties } from '../policy/policy.ts'
import { isObject } from '../policy/properties.ts'
import { nearest } from '../settings/nearest.ts'
import { isUnknown, type Problem } from './checks.ts'

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

/** Models of operators whose objects often go with a stack. */
const OF_OPERATORS = [
  findPackageJSON('@kubernetes-models/gateway-api', import.meta.url),
  findPackageJSON('@kubernetes-models/cert-manager', import.meta.url),
  findPackageJSON('@kubernetes-models/external-secrets', import.meta.url),
  findPackageJSON('@kubernetes-models/prometheus-operator', import.meta.url),
  findPackageJSON('@kubernetes-models/keda', import.meta.url),
  findPackageJSON('@kubernetes-models/cloudnative-pg', import.meta.url),
].map((file = '') => dirname(file))

/** Returns the model of a kind or of a part such as v1/Container. Undefined if there is none. */
function modelOf(name: string): Model | undefined {
  const file = [FOLDER, ...OF_OPERATORS].map((folder) => join(folder, `${name}.js`)).find(existsSync)
  if (file === undefined) return undefined
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
  const own = /^[A-Z]\w*$/.test(kind) ? all.filter((version) => isKind(version, kind)) : []
  const stable = own.filter((version) => /(^|\/)v\d+$/.test(version))
  return stable.length > 0 ? stable : own
}

/** Returns the kinds of an API version. Empty if Kubernetes does not have the version. */
export const kindsOf = (apiVersion: string): string[] => (isOwnGroup(apiVersion) ? kindsIn(FOLDER, apiVersion) : [])

/** Returns the kinds of an operator's API version. Empty if no operator that is known has the version. */
export const operatorKindsOf = (apiVersion: string): string[] =>
  OF_OPERATORS.filter((folder) => existsSync(join(folder, apiVersion))).flatMap((folder) => kindsIn(folder, apiVersion))

const kindsIn = (folder: string, version: string) =>
  readdirSync(join(folder, version))
    .map((file) => file.replace(/(\.d)?\.[jt]s$/, ''))
    .filter((name, at, all) => all.indexOf(name) === at && isKind(version, name, folder))

/** Whether a group, or a group with a version, is of Kubernetes itself. The core group has no name. */
export const isOwnGroup = (group: string) =>
  group === '' || (/^[a-z][a-z0-9./]*$/.test(group) && existsSync(join(FOLDER, group)))

/** A model that is not a part of others names its kind. */
function isKind(version: string, name: string, folder = FOLDER): boolean {
  const file = join(folder, version, `${name}.js`)
  return existsSync(file) && readFileSync(file, 'utf8').includes(`this.kind="${name}"`)
}

const groups = () =>
  readdirSync(FOLDER, { withFileTypes: true }).flatMap((each) =>
    each.isDirectory() && !each.name.startsWith('_') ? [each.name] : [],
  )

/** Returns the schema violations of an object or a part of one. Empty if nobody knows the kind. */
export function schemaProblems(name: string, value: Properties): Problem[] {
  const model = modelOf(name)
  if (model === undefined) return []
  const isOwn = isOwnGroup(name.slice(0, name.lastIndexOf('/')))
  const unknown = unknownKeys(model, value).filter(({ near }) => isOwn || near !== undefined)
  return [...wrongValues(model, value), ...unknown.map(unknownProblem)]
}

/** A cluster may have a newer version of an operator, whose fields are none of these. */
function unknownProblem({ path, near }: UnknownKey): Problem {
  const remedy = near === undefined ? 'correct its name or remove it' : `did you mean ${near}?`
  return { path, says: `is not a field in the Kubernetes schema; ${remedy}` }
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
  const known = problems.filter(({ path }) => !isUnknown(at(value, path)))
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
  if (keyword === 'pattern' && isOfDurations(String(params.pattern)))
    return { path, says: `must be a time such as 30s, got ${got}` }
  return { path, says: `${message ?? 'is wrong'}, got ${got}` }
}

function isOfDurations(pattern: string): boolean {
  const fits = new RegExp(pattern)
  return fits.test('30s') && !fits.test('name')
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
 * Finds keys that the schema does not check whatever their value is, and so does not know. Objects of the wrong type,
 * and what is inside of an unknown key, are skipped.
 */
function unknownKeys(model: Model, value: Properties): UnknownKey[] {
  const skipped = new Set(errorsOf(model, value).map(({ instancePath }) => instancePath))
  return [...groupsIn(value, [])].flatMap(({ path, group }) => {
    if (path.some((_, end) => skipped.has(pointer(path.slice(0, end + 1))))) return []
    const probes = Object.fromEntries(Object.keys(group).map((key) => [key, PROBE]))
    const told = new Set(errorsOf(model, replaced(value, path, probes)).map(({ instancePath }) => instancePath))
    const unknown = Object.keys(group).filter((key) => !told.has(pointer([...path, key])))
    for (const key of unknown) skipped.add(pointer([...path, key]))
    return unknown.map((key) => ({ path: [...path, key], near: nearest(key, fieldsOf(model, value, path)) }))
  })
}

interface UnknownKey {
  readonly path: readonly string[]
  /** Name of the field that is probably meant. */
  readonly near: string | undefined
}

/** Returns the fields of an object or a part of it: those that its check reads. */
function fieldsOf(model: Model, value: Properties, path: readonly string[]): string[] {
  const fields = new Set<string>()
  // An object with a prototype of its own, because a plain one would be copied.
  const recorder = new Proxy(Object.create(Object.create({})) as Properties, {
    get: (_, key) => {
      fields.add(String(key))
    },
  })
  try {
    if (path.length === 0) model.prototype.validate.call(recorder)
    else errorsOf(model, replaced(value, path, recorder))
  } catch {
    // Fields that are missing are of no interest here.
  }
  return [...fields].filter((field) => /^[a-z]\w*$/i.test(field))
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
