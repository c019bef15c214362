import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from '../../finding.ts'
import type { Kubectl } from '../kubectl.ts'

const { ok, failing } = findings('stack')

/** A kind of object that not every cluster has. */
interface WantedKind {
  readonly group: string
  readonly version: string
  readonly kind: string
  /** As the API's paths write it. */
  readonly resource: string
  readonly because: string
  readonly remedy: string
}

/** What the settings ask for of kinds that somebody has to have installed. */
export function wantedKinds({ edge, profiles, secrets, database }: KubernetesSettings): WantedKind[] {
  const gateway = {
    group: 'gateway.networking.k8s.io',
    version: 'v1',
    because: 'edge.kind is gateway',
    remedy: 'Install the Gateway API and what implements it, or set codebase-mcp:edge.kind to ingress',
  }
  const operator = {
    group: 'monitoring.coreos.com',
    version: 'v1',
    because: 'profiles has monitoring',
    remedy: "Install Prometheus' operator, or take monitoring out of codebase-mcp:profiles",
  }
  const external = {
    group: 'external-secrets.io',
    version: 'v1',
    because: `secrets.store is ${secrets.store}`,
    remedy:
      'Install External Secrets 0.17 or newer, or remove codebase-mcp:secrets.store and name Secrets that are there',
  }
  const cnpg = {
    group: 'postgresql.cnpg.io',
    version: 'v1',
    because: 'database.cnpg is set',
    remedy: 'Install CloudNativePG, or remove codebase-mcp:database.cnpg',
  }
  const given = [secrets.database, secrets.access, secrets.git, secrets.webhook, secrets.backup]
  const isFetched = secrets.store !== undefined && given.some((each) => each !== undefined)
  return [
    ...(edge.kind === 'gateway' ? [{ ...gateway, kind: 'HTTPRoute', resource: 'httproutes' }] : []),
    ...(profiles.has('monitoring')
      ? [
          { ...operator, kind: 'ServiceMonitor', resource: 'servicemonitors' },
          { ...operator, kind: 'PodMonitor', resource: 'podmonitors' },
          { ...operator, kind: 'PrometheusRule', resource: 'prometheusrules' },
        ]
      : []),
    ...(isFetched ? [{ ...external, kind: 'ExternalSecret', resource: 'externalsecrets' }] : []),
    ...(database.cnpg === undefined ? [] : [{ ...cnpg, kind: 'Cluster', resource: 'clusters' }]),
  ]
}

interface Served {
  readonly resources?: readonly { readonly kind: string }[]
}

/** Whether the cluster knows them. */
export async function checkKinds(settings: KubernetesSettings, kubectl: Pick<Kubectl, 'read'>): Promise<Finding[]> {
  const wanted = wantedKinds(settings)
  const apis = [...new Set(wanted.map(apiOf))]
  const found = await Promise.all(apis.map((api) => kubectl.read<Served>(`/apis/${api}`)))
  const served = new Set(
    found.flatMap((read, index) =>
      read.state === 'found' ? (read.value.resources ?? []).map(({ kind }) => `${apis[index]} ${kind}`) : [],
    ),
  )
  return apis.map((api) => {
    const own = wanted.filter((each) => apiOf(each) === api)
    const missing = own.filter(({ kind }) => !served.has(`${api} ${kind}`))
    const [first] = missing
    if (first === undefined) return ok('kinds', `${own.map(({ kind }) => kind).join(', ')} of ${api}`)
    const names = missing.map(({ kind }) => kind).join(', ')
    return failing('kinds', `The cluster does not know ${names} of ${api}, and ${first.because}`, first.remedy)
  })
}

const apiOf = ({ group, version }: WantedKind) => `${group}/${version}`
