import { type Finding, findings } from '../../../finding.ts'
import type { Subject } from '../../../policy/policy.ts'
import { under } from '../../../policy/properties.ts'
import type { Kubectl } from '../kubectl.ts'

const { ok, failing } = findings('stack')

/** Kind of Kubernetes objects. */
export interface Kind {
  /** API group. Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** Name in API paths. */
  readonly resource: string
}

/** Returns the kind of a planned resource. Undefined if it is not a Kubernetes object. */
export function kindIn({ type }: Subject): Kind | undefined {
  const [, group = '', version = '', kind = ''] = /^kubernetes:([^/:]+)\/([^:]+):(.+)$/.exec(type) ?? []
  if (kind === '') return undefined
  return { group: group === 'core' ? '' : group, version, kind, resource: pluralOf(kind.toLowerCase()) }
}

/** Returns the plural by the rules that Kubernetes uses. */
function pluralOf(word: string): string {
  if (word.endsWith('s')) return `${word}es`
  return word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`
}

const BUILT_IN =
  /^(|apps|batch|policy|autoscaling|(networking|rbac\.authorization|storage|scheduling|node|discovery|coordination|apiextensions|admissionregistration)\.k8s\.io)$/

/** Returns the distinct planned kinds that must be installed in the cluster. */
function installedKinds(resources: readonly Subject[]): Kind[] {
  const own = resources.filter(({ type }) => type.endsWith(':CustomResourceDefinition'))
  const defined = new Set(own.map(({ inputs }) => under(inputs, 'spec').group))
  const kinds = resources.flatMap((resource) => kindIn(resource) ?? [])
  const installed = kinds.filter(({ group }) => !BUILT_IN.test(group) && !defined.has(group))
  return [...new Map(installed.map((kind) => [`${apiOf(kind)} ${kind.kind}`, kind])).values()]
}

const apiOf = ({ group, version }: Kind) => `${group}/${version}`

const REMEDIES: Readonly<Record<string, string>> = {
  'gateway.networking.k8s.io':
    'Install the Gateway API and a controller that implements it, or set codebase-mcp:edge.kind to ingress',
  'monitoring.coreos.com': 'Install the Prometheus operator, or remove monitoring from codebase-mcp:profiles',
  'external-secrets.io':
    'Install External Secrets 0.17 or newer, or remove codebase-mcp:secrets.store and name existing Secrets',
  'keda.sh': 'Install KEDA, or remove codebase-mcp:worker.prometheus',
  'barmancloud.cnpg.io':
    'Install the Barman Cloud plugin of CloudNativePG, or remove codebase-mcp:database.cnpg.archive',
  'postgresql.cnpg.io': 'Install CloudNativePG, or remove codebase-mcp:database.cnpg',
}
const REMEDY = 'Install its CustomResourceDefinition, or remove it from codebase-mcp:kubernetes.extraObjects'

interface Served {
  readonly resources?: readonly { readonly kind: string }[]
}

/** Checks that the cluster serves the planned custom resource kinds. */
export async function checkKinds(
  resources: readonly Subject[],
  { read }: Pick<Kubectl, 'read'>,
): Promise<readonly Finding[]> {
  const byApi = [...Map.groupBy(installedKinds(resources), apiOf)]
  return Promise.all(
    byApi.map(async ([api, wanted]) => {
      const found = await read<Served>(`/apis/${api}`)
      const served = found.state === 'found' ? (found.value.resources ?? []).map(({ kind }) => kind) : []
      const missing = wanted.filter(({ kind }) => !served.includes(kind))
      const names = (kinds: readonly Kind[]) => kinds.map(({ kind }) => kind).join(', ')
      if (missing.length === 0) return ok('kinds', `${names(wanted)} of ${api}`)
      const remedy = REMEDIES[missing[0]?.group ?? ''] ?? REMEDY
      return failing('kinds', `The cluster does not serve ${names(missing)} of ${api}`, remedy)
    }),
  )
}
