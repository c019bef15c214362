import { type Finding, findings } from '../../../finding.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import type { Kubectl, Read } from '../kubectl.ts'
import { type KubeObject, stackOf } from '../objects.ts'

const { ok, failing } = findings('stack')

export interface Namespace extends KubeObject {
  readonly status?: { readonly phase?: string }
}

export const readNamespace = ({ cluster }: KubernetesSettings, kubectl: Pick<Kubectl, 'read'>) =>
  kubectl.read<Namespace>(`/api/v1/namespaces/${cluster.namespace}`)

/** Checks that the stack can use the namespace. */
export function checkNamespace({ name, cluster }: KubernetesSettings, read: Read<Namespace>): Finding[] {
  const { namespace, createNamespace } = cluster
  if (read.state === 'unseen') return []
  if (read.state === 'absent') {
    if (createNamespace) return [ok('namespace', `${namespace} does not exist yet and will be created`)]
    const remedy = `Create it with \`kubectl create namespace ${namespace}\`, or remove codebase-mcp:kubernetes.createNamespace`
    return [failing('namespace', `There is no namespace ${namespace}, and createNamespace is false`, remedy)]
  }
  const { value } = read
  if (value.status?.phase === 'Terminating') {
    const remedy =
      'Wait until it is gone (`kubectl get namespace` shows it), or choose another codebase-mcp:kubernetes.namespace'
    return [failing('namespace', `The namespace ${namespace} is being deleted`, remedy)]
  }
  if (!createNamespace || stackOf(value) === name) return [ok('namespace', namespace)]
  const whose = stackOf(value)
  const other = whose === undefined ? 'was not created by this stack' : `belongs to the stack ${whose}`
  const remedy =
    'Choose another codebase-mcp:kubernetes.namespace, or, to share it with others, set kubernetes.createNamespace=false'
  return [failing('namespace', `The namespace ${namespace} exists and ${other}`, remedy)]
}
