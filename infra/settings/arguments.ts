import type { z } from 'zod'
import { ALL_DESCRIBED, DESCRIBED, type Described, unwrapped } from './described.ts'
import { partSettings } from './groups/pods.ts'
import { PARTS } from './parts.ts'

type Target = NonNullable<Described['target']>

/**
 * Returns a TypeScript module with the arguments of `CodebaseMcp`: an interface for each target, documented from the
 * schema.
 */
export const argumentTypes = (sentence: (one: Described) => string, otherwise: (one: Described) => string): string => {
  const documented = (one: Described, indent: string) => {
    const text = `${sentence(one).replaceAll('*/', '*\\/')} @default ${otherwise(one)}`
    return `${indent}/** ${one.inside === undefined ? text : one.about} */\n`
  }
  const member = (one: Described, target: Target, indent: string): string => {
    const name = one.key.slice(one.key.lastIndexOf('.') + 1)
    const type = one.inside === undefined ? typeOf(one.kind) : group(one.inside, target, indent)
    return `${documented(one, indent)}${indent}readonly ${name}?: ${type}\n`
  }
  const group = (inside: readonly Described[], target: Target, indent: string): string => {
    const own = inside.filter((each) => target !== 'kubernetes' || !isOfParts(each))
    const text = `{\n${members(own, target, `${indent}  `)}${indent}}`
    return own.length === inside.length ? text : own.length === 0 ? 'PartArgs' : `PartArgs & ${text}`
  }
  const members = (all: readonly Described[], target: Target, indent: string): string =>
    all
      .filter((one) => one.key !== 'target' && (one.target ?? target) === target)
      .map((one) => member(one, target, indent))
      .join('')
  const made = (name: string, target: Target) =>
    `/** The settings of a stack ${WHERE[target]}. */\nexport interface ${name} {\n${members(DESCRIBED, target, '  ')}}\n`
  const ofParts = ALL_DESCRIBED.filter((one) => isOfParts(one) && one.key.startsWith(`${PARTS[0]}.`))
  const parts = `/** Pod settings of each part, on a cluster. */\ninterface PartArgs {\n${members(ofParts, 'kubernetes', '  ')}}\n`
  return [HEAD, made('DockerArgs', 'docker'), parts, made('KubernetesArgs', 'kubernetes')].join('\n')
}

/** Whether all parts have this setting. */
function isOfParts({ key }: Described): boolean {
  const [part, name = '', ...deeper] = key.split('.')
  return deeper.length === 0 && PARTS.some((each) => each === part) && name in partSettings
}

const WHERE = { docker: 'on a Docker engine', kubernetes: 'on a cluster' }

const HEAD = `// Generated from infra/settings/schema.ts by npm run generate.
import type { Input } from '@pulumi/pulumi'
`

interface Definition {
  readonly type: string
  readonly entries?: Readonly<Record<string, string>>
  readonly element?: z.ZodType
  readonly valueType?: z.ZodType
  readonly options?: readonly z.ZodType[]
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly catchall?: z.ZodType
  readonly values?: readonly unknown[]
  readonly in?: z.ZodType
  readonly out?: z.ZodType
}

/** Returns the TypeScript type of a kind. Secrets may also be Outputs. */
function typeOf(kind: z.ZodType): string {
  const { core, facts } = unwrapped(kind)
  const {
    type,
    entries = {},
    element,
    valueType,
    options = [],
    shape,
    catchall,
    values = [],
    ...pipe
  } = core.def as unknown as Definition
  if (type === 'pipe') {
    const isText = pipe.in?.def.type === 'string'
    return facts.secret && !isText ? 'Input<string>' : typeOf(pipe.in ?? core)
  }
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'number':
    case 'int':
      return 'number'
    case 'enum':
      return Object.values(entries)
        .map((each) => `'${each}'`)
        .join(' | ')
    case 'literal':
      return values.map((each) => JSON.stringify(each)).join(' | ')
    case 'nullable':
      return `${typeOf((core.def as unknown as { innerType: z.ZodType }).innerType)} | null`
    case 'array':
      return element === undefined ? 'readonly unknown[]' : listOf(typeOf(element))
    case 'record':
      return `Readonly<Record<string, ${valueType === undefined ? 'unknown' : typeOf(valueType)}>>`
    case 'union':
      return [...new Set(options.map(typeOf))].join(' | ')
    case 'object':
      return objectOf(shape ?? {}, catchall !== undefined && catchall.def.type !== 'never')
    default:
      return 'unknown'
  }
}

const listOf = (type: string) => `readonly ${/[|{ ]/.test(type) ? `(${type})` : type}[]`

function objectOf(shape: Readonly<Record<string, z.ZodType>>, isOpen: boolean): string {
  const own = Object.entries(shape).map(([key, kind]) => {
    const isOptional = kind.safeParse(undefined).success
    return `readonly ${key}${isOptional ? '?' : ''}: ${typeOf(kind)}`
  })
  const type = `{ ${[...own, ...(isOpen ? ['readonly [key: string]: unknown'] : [])].join('; ')} }`
  // Longer types are documented by Kubernetes.
  return type.length > LONGEST ? 'object' : type
}

const LONGEST = 400
