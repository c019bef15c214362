import { Refused } from '../../../faults.ts'
import { type Finding, findings } from '../../../finding.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import type { Kubectl } from '../kubectl.ts'

const { ok, warning, failing } = findings('stack')

const OLDEST_MINOR = 30

interface Reached {
  readonly findings: readonly Finding[]
  /** Whether the cluster answers, so that further checks can run. */
  readonly answers: boolean
}

/** Checks that the cluster answers. @param kubeconfig value of the KUBECONFIG variable */
export async function checkAccess(
  { cluster: { context } }: KubernetesSettings,
  kubectl: Pick<Kubectl, 'isOnPath' | 'contexts' | 'ask'>,
  kubeconfig: string | undefined,
): Promise<Reached> {
  if (!kubectl.isOnPath) {
    const remedy = 'Install it, see https://kubernetes.io/docs/tasks/tools/'
    return {
      findings: [warning('kubectl', 'kubectl is not on the PATH, so the cluster was not checked', remedy)],
      answers: false,
    }
  }
  const fault = context === undefined ? undefined : await contextFault(context, kubectl, kubeconfig)
  return fault === undefined ? asked(context ?? 'in use', kubectl) : { findings: [fault], answers: false }
}

async function contextFault(context: string, { contexts }: Pick<Kubectl, 'contexts'>, kubeconfig = '') {
  const place = kubeconfig === '' ? '~/.kube/config' : `${kubeconfig} (KUBECONFIG)`
  try {
    const known = await contexts()
    if (known.includes(context)) return undefined
    if (known.length === 0) {
      const remedy = `Put the kubeconfig of the cluster there, or set KUBECONFIG to its path`
      return failing('context', `There is no kubeconfig at ${place}, or it has no contexts`, remedy)
    }
    const remedy = `Set codebase-mcp:kubernetes.context to one of ${known.join(', ')}, or correct KUBECONFIG`
    return failing('context', `The kubeconfig ${place} has no context ${JSON.stringify(context)}`, remedy)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return failing('context', `The kubeconfig ${place} cannot be read: ${error.message}`, 'Correct that file')
  }
}

interface Version {
  readonly major: string
  readonly minor: string
  readonly gitVersion: string
}

async function asked(context: string, kubectl: Pick<Kubectl, 'ask'>): Promise<Reached> {
  try {
    // /version can be read anonymously, /api/v1 only by an authenticated user without any further permission.
    const [version] = await Promise.all([kubectl.ask<Version>('/version'), kubectl.ask('/api/v1')])
    return { findings: [versionFinding(context, version)], answers: true }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { findings: [refusal(context, error.message)], answers: false }
  }
}

function versionFinding(context: string, { major, minor, gitVersion }: Version): Finding {
  const isOld = major === '1' && Number.parseInt(minor, 10) < OLDEST_MINOR
  if (!isOld) return ok('cluster', `the context ${context} answers, Kubernetes ${gitVersion}`)
  const detail = `The cluster of the context ${context} runs Kubernetes ${gitVersion}`
  return failing('cluster', detail, `Update it to 1.${OLDEST_MINOR} or newer`)
}

function refusal(context: string, words: string): Finding {
  const detail = `The API server of the context ${context} does not answer: ${words}`
  const remedy = 'Start it, connect to its network, log in again, or correct the kubeconfig'
  return failing('cluster', detail, remedy)
}
