import { checked, type Finding, findings } from '../../../finding.ts'
import type { Subject } from '../../../policy/policy.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import type { Kubectl } from '../kubectl.ts'
import { faultOfMajor } from '../majors.ts'
import { type Claim, type KubeObject, type Pod, type Quota, selectorOf } from '../objects.ts'
import { checkAccess } from './access.ts'
import { checkMetrics, checkNetwork } from './hints.ts'
import { checkKinds } from './kinds.ts'
import { checkClasses, checkSecrets } from './named.ts'
import { checkNamespace, readNamespace } from './namespace.ts'
import { checkPermissions } from './permissions.ts'
import { checkNodes, checkQuotas } from './room.ts'
import { checkStorage } from './storage.ts'

/** Finds everything in the cluster that would make an `up` fail, without changing anything. */
export async function runPreflight(
  settings: KubernetesSettings,
  planned: () => Promise<readonly Subject[]>,
  kubectl: Kubectl,
  kubeconfig: string | undefined,
): Promise<readonly Finding[]> {
  const access = await checkAccess(settings, kubectl, kubeconfig)
  if (!access.answers) return access.findings
  const resources = await planned()
  const check = (name: string, look: () => Promise<readonly Finding[]>) => checked('stack', name, look)
  const all = await Promise.all([
    check('namespace', () => inNamespace(settings, resources, kubectl)),
    check('kinds', () => checkKinds(resources, kubectl)),
    check('classes', () => checkClasses(resources, kubectl)),
    check('nodes', () => checkNodes(resources, kubectl)),
    check('metrics', () => checkMetrics(resources, kubectl)),
    check('network', () => checkNetwork(resources, kubectl)),
  ])
  return [...access.findings, ...all.flat()]
}

/** Runs the checks of the namespace and its contents. */
async function inNamespace(
  settings: KubernetesSettings,
  resources: readonly Subject[],
  kubectl: Kubectl,
): Promise<readonly Finding[]> {
  const namespace = await readNamespace(settings, kubectl)
  const own = checkNamespace(settings, namespace)
  const isThere = namespace.state !== 'absent'
  const { present, quotas } = isThere ? await presentIn(settings, kubectl) : NOTHING
  const all = await Promise.all([
    checked('stack', 'permissions', () => checkPermissions(settings, resources, kubectl, isThere)),
    checked('stack', 'secrets', () => checkSecrets(settings, kubectl, isThere)),
    checked('stack', 'storage', () => checkStorage(resources, kubectl, present.claims)),
    checked('stack', 'postgres', () => checkMajor(settings, kubectl)),
  ])
  return [...own, ...all.flat(), ...checkQuotas(settings.name, resources, quotas, present)]
}

/** Checks that the configured image can open the existing data files. */
async function checkMajor(settings: KubernetesSettings, kubectl: Kubectl): Promise<Finding[]> {
  const fault = await faultOfMajor(settings, kubectl)
  return fault === undefined ? [] : [findings('stack').failing('postgres', fault.detail, fault.remedy)]
}

const NOTHING = { present: { pods: [], claims: [] }, quotas: [] }

async function presentIn({ name, cluster: { namespace } }: KubernetesSettings, { read }: Pick<Kubectl, 'read'>) {
  const select = `?labelSelector=${encodeURIComponent(selectorOf(name))}`
  const items = async <Item extends KubeObject>(path: string) => {
    const found = await read<{ readonly items: readonly Item[] }>(`/api/v1/namespaces/${namespace}/${path}`)
    // The check of permissions reports that the user may not list them.
    return found.state === 'found' ? found.value.items : []
  }
  const [pods, claims, quotas] = await Promise.all([
    items<Pod>(`pods${select}`),
    items<Claim>(`persistentvolumeclaims${select}`),
    items<Quota>('resourcequotas'),
  ])
  return { present: { pods, claims }, quotas }
}
