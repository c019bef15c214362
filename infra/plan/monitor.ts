import { createHash } from 'node:crypto'
import { runtime } from '@pulumi/pulumi'
import { type Properties, SECRET } from '../policy/policy.ts'
import { under } from '../policy/properties.ts'
import { PROJECT } from '../settings/config.ts'
import { identities, type Registration } from './identities.ts'
import type { Planned, PlannedOptions } from './plan.ts'
import { lastOf, shown } from './wire.ts'

type Monitor = NonNullable<ReturnType<typeof runtime.getMonitor>>

/**
 * Replaces engine and providers, for a preview of a stack without state.
 * @returns a function that returns the resources registered so far
 */
export async function replaceEngine(stack: string): Promise<() => Planned[]> {
  const registered: Registration[] = []
  const newResource = ({ type, name, inputs, id }: runtime.MockResourceArgs) => {
    const request = registered.findLast((one) => one.getType() === type && one.getName() === name)
    const added = request === undefined ? identifiedBy(id ?? '') : computed(request, inputs)
    return { id, state: { ...inputs, ...added } }
  }
  await runtime.setMocks({ newResource, call: () => ({}) }, PROJECT, stack, true, 'organization')
  const monitor = runtime.getMonitor()
  if (monitor === undefined) throw new Error('Pulumi has no monitor, though one was set')
  const register = monitor.registerResource.bind(monitor) as (
    ...args: readonly unknown[]
  ) => ReturnType<Monitor['registerResource']>
  // The only place that sees the whole request: mocks get neither options nor secret marks.
  monitor.registerResource = (request: Registration, ...rest: readonly unknown[]) => {
    registered.push(request)
    return register(request, ...rest)
  }
  return () => plannedOf(registered)
}

/** State of an existing object, of which only the name is known. */
const identifiedBy = (id: string): Properties => ({ metadata: { name: id.slice(id.lastIndexOf('/') + 1) } })

/** Properties that the provider would compute and other resources use. */
function computed(request: Registration, inputs: Properties): Properties {
  const type = request.getType()
  if (type === 'random:index/randomPassword:RandomPassword') return { result: secret(SECRET) }
  if (type === 'pulumi:index:Stash') return { output: inputs.input }
  if (!type.startsWith('kubernetes:')) return {}
  return { metadata: { name: assignedName(request.getName(), inputsOf(request)), ...under(inputs, 'metadata') } }
}

const secret = (value: string) => ({ [runtime.specialSigKey]: runtime.specialSecretSig, value })

const inputsOf = (request: Registration) => shown(request.getObject()?.toJavaScript() ?? {}) as Properties

/**
 * Returns a name whose suffix changes with the contents, like that of an object that every change replaces, so that its
 * readers change too.
 */
function assignedName(name: string, inputs: Properties): string {
  const contents = Object.entries(inputs).filter(([key]) => key !== 'metadata')
  const hash = createHash('sha256').update(JSON.stringify(contents))
  return `${name}-${hash.digest('hex').slice(0, 8)}`
}

function plannedOf(registered: readonly Registration[]): Planned[] {
  const idsOf = identities(registered)
  return registered.filter((request) => request.getCustom()).map((request) => planned(request, idsOf(request)))
}

function planned(request: Registration, { id, formerIds }: { id: string; formerIds: readonly string[] }): Planned {
  const type = request.getType()
  const name = request.getName()
  const inputs = inputsOf(request)
  const isNamed = !type.startsWith('kubernetes:') || under(inputs, 'metadata').name !== undefined
  return {
    type,
    name,
    id,
    formerIds,
    inputs,
    ...(isNamed ? {} : { assignedName: assignedName(name, inputs) }),
    options: optionsOf(request),
  }
}

function optionsOf(request: Registration): PlannedOptions {
  const [replaceOnChanges, ignoreChanges] = [request.getReplaceonchangesList(), request.getIgnorechangesList()]
  return {
    ...(request.getProtect() ? { protect: true } : {}),
    ...(request.getRetainondelete() ? { retainOnDelete: true } : {}),
    ...(request.getDeletebeforereplace() ? { deleteBeforeReplace: true } : {}),
    ...(replaceOnChanges.length > 0 ? { replaceOnChanges } : {}),
    ...(ignoreChanges.length > 0 ? { ignoreChanges } : {}),
    ...(request.getDeletedwith() === '' ? {} : { deletedWith: lastOf(request.getDeletedwith()) }),
  }
}
