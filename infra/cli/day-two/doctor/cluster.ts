import type { KubernetesSettings } from '../../../settings/settings.ts'
import { type Finding, findings } from './finding.ts'
import type { Machine } from './machine.ts'

const { ok, warning, failing } = findings('stack')

/** Whether the cluster answers. */
export async function checkCluster({ cluster }: KubernetesSettings, machine: Pick<Machine, 'run'>): Promise<Finding[]> {
  const { context } = cluster
  const words = ['--context', context, '--request-timeout=10s', 'get', '--raw', '/readyz']
  const { exitCode, errors } = await machine.run('kubectl', ...words)
  if (exitCode === 0) return [ok('cluster', `${context} is ready`)]
  if (exitCode === 127) {
    return [warning('cluster', 'not checked, since kubectl is not on the PATH', 'Install it: it is for looking alone')]
  }
  const why = errors.trim().split('\n').at(-1)
  return [failing('cluster', `${context}: ${why}`, 'Correct codebase-mcp:kubernetes.context or the kubeconfig')]
}
