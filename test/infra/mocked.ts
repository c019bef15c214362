import type { ComponentResource, ComponentResourceOptions, ResourceOptions } from '@pulumi/pulumi'
import { readSettings } from '../../infra/settings/settings.ts'

export interface Made {
  readonly type: string
  readonly name: string
  readonly inputs: Record<string, unknown>
  /** Names of the inputs that the engine keeps encrypted. */
  readonly secrets: readonly string[]
  readonly options: ResourceOptions
}

type Properties = Record<string, unknown>
type Options = { readonly preview?: boolean; readonly outputs?: (type: string) => Properties }
type Make = (options: ComponentResourceOptions) => ComponentResource

/** Returns every resource that `make` registers, with its options and with its inputs as the engine gets them. */
export async function made(make: Make, { preview = false, outputs = () => ({}) }: Options = {}): Promise<Made[]> {
  const { runtime } = await import('@pulumi/pulumi')
  const inputs = new Map<string, Properties>()
  await runtime.setMocks(
    {
      newResource({ type, name, inputs: given }) {
        inputs.set(`${type} ${name}`, given)
        return {
          id: preview ? undefined : `${name}-id`,
          state: { ...given, ...computed(type, name, given), ...outputs(type) },
        }
      },
      call: () => ({}),
    },
    'codebase-mcp',
    'test',
    preview,
  )
  const seen: { type: string; name: string; options: ResourceOptions }[] = []
  const record = ({ type, name, opts }: { type: string; name: string; opts: ResourceOptions }) => {
    seen.push({ type, name, options: opts })
    return undefined
  }
  try {
    make({ transformations: [record] })
  } finally {
    // Awaits pending registrations even if the program rejects its settings.
    await runtime.disconnect()
  }
  return seen.map((one) => {
    const entries = Object.entries(inputs.get(`${one.type} ${one.name}`) ?? {})
    return {
      ...one,
      inputs: Object.fromEntries(entries.map(([key, value]) => [key, isSecret(value) ? value.value : value])),
      secrets: entries.filter(([, value]) => isSecret(value)).map(([key]) => key),
    }
  })
}

// The signature of a secret in the engine's wire format.
const MARK = '4dabf18193072939515e22adb298388d'
const SECRET = '1b47061264138c4ac30d75fd1eb44270'

const isSecret = (value: unknown): value is { readonly value: unknown } =>
  typeof value === 'object' && value !== null && MARK in value && value[MARK] === SECRET

/** Returns the outputs that a provider computes. */
function computed(type: string, name: string, { metadata, input }: Properties): Properties {
  if (type === 'pulumi:index:Stash') return { output: input }
  if (type === 'random:index/randomPassword:RandomPassword') return { result: { [MARK]: SECRET, value: 'drawn' } }
  return type.startsWith('kubernetes:') ? { metadata: { name: `${name}-drawn`, ...(metadata as object) } } : {}
}

/** Reads settings from values by key, without the namespace. */
export function settingsOf<Target extends 'docker' | 'kubernetes'>(target: Target, values: Properties = {}) {
  const config = Object.entries({ target, ...values }).map(([key, value]) => [
    `codebase-mcp:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return readSettings(Object.fromEntries(config)) as Extract<ReturnType<typeof readSettings>, { target: Target }>
}

/** Returns the resources of a stack on Kubernetes, cached by settings. */
export function objectsOf(settings: ReturnType<typeof settingsOf<'kubernetes'>>): Promise<Made[]> {
  const key = JSON.stringify(settings, (_, value: unknown) => (value instanceof Set ? [...value] : value))
  const known = objects.get(key) ?? makeObjects(settings)
  objects.set(key, known)
  return known
}

const objects = new Map<string, Promise<Made[]>>()

async function makeObjects(settings: ReturnType<typeof settingsOf<'kubernetes'>>): Promise<Made[]> {
  const { KubernetesStack } = await import('../../infra/kubernetes/stack.ts')
  return made((own) => new KubernetesStack('codebase', { settings }, own), { preview: true })
}
