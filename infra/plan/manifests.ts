import { stringify } from 'yaml'
import { type Properties, SECRET } from '../policy/policy.ts'
import { isObject, under } from '../policy/properties.ts'
import type { Plan, Planned } from './plan.ts'

/**
 * Returns the Kubernetes objects as YAML documents, in an order in which they can be applied. Empty if there are none.
 */
export function manifestsOf({ resources }: Pick<Plan, 'resources'>): string {
  return resources
    .filter(({ type, inputs }) => type.startsWith('kubernetes:') && typeof inputs.kind === 'string')
    .map((resource) => `---\n${stringify(manifestOf(resource), AS_READ)}`)
    .join('')
}

// Kubernetes reads YAML 1.1, in which a plain `yes` is a boolean.
const AS_READ = { lineWidth: 0, compat: 'yaml-1.1' } as const

function manifestOf({ inputs, assignedName }: Planned): object {
  const { apiVersion, kind, metadata, data, ...rest } = inputs
  const name = assignedName === undefined ? {} : { name: assignedName }
  return {
    apiVersion,
    kind,
    metadata: { ...name, ...(isObject(metadata) ? withoutPulumi(metadata) : {}) },
    ...(data === undefined ? {} : { data: kind === 'Secret' ? encoded(under(inputs, 'data')) : data }),
    ...rest,
  }
}

/** Removes the annotations that only Pulumi's provider reads. */
function withoutPulumi({ annotations, ...metadata }: Properties): Properties {
  const others = Object.entries(isObject(annotations) ? annotations : {}).filter(
    ([key]) => !key.startsWith('pulumi.com/'),
  )
  return { ...metadata, ...(others.length === 0 ? {} : { annotations: Object.fromEntries(others) }) }
}

/** Encodes the placeholder of secrets, because the API accepts only Base64. */
const encoded = (data: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      value === SECRET ? Buffer.from(SECRET).toString('base64') : value,
    ]),
  )
