import { Refused } from '../../faults.ts'
import { defined } from '../../fields.ts'
import { refuseFailing } from '../../finding.ts'
import { type Kubectl, makeKubectl, wordsTo } from '../../kubernetes/cluster/kubectl.ts'
import { keptOf, planned } from '../../kubernetes/cluster/majors.ts'
import { componentOf, type Pod, selectorOf } from '../../kubernetes/cluster/objects.ts'
import { checkAccess } from '../../kubernetes/cluster/preflight/access.ts'
import { runPreflight } from '../../kubernetes/cluster/preflight/preflight.ts'
import { takeSnapshot } from '../../kubernetes/cluster/snapshot.ts'
import { upgradeOnCluster } from '../../kubernetes/cluster/upgrade.ts'
import { outsideOf, urlOf } from '../../kubernetes/url.ts'
import { ROLES } from '../../postgres/connection.ts'
import { npmRun } from '../../printed-commands.ts'
import { hasDatabase } from '../../settings/derived.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import type { Postgres, Source, Target, Tools, Upgrade } from '../target.ts'
import { COMPONENTS, isLasting, isReady, partsOf, podsOf, waitingFor } from './parts.ts'
import { troublesOf } from './troubles.ts'

type Needed = Pick<Tools, 'environment' | 'asked' | 'terminal' | 'plan'>

/** A stack on a cluster. */
interface Place extends Needed {
  readonly settings: KubernetesSettings
  readonly kubectl: Kubectl
  /** @throws Refused if the cluster cannot be reached */
  readonly reach: () => Promise<void>
  /** Returns the pods of the stack. @throws Refused if the cluster cannot be reached */
  readonly pods: () => Promise<readonly Pod[]>
}

/** Returns the target of a stack that runs in pods of a cluster. */
export function kubernetesTarget(
  settings: KubernetesSettings,
  tools: Needed,
  kubectl: Kubectl = makeKubectl(tools.environment, settings.cluster),
): Target {
  const { environment, asked, terminal, plan } = tools
  const { name } = settings
  let reached: Promise<void> | undefined
  const reach = () => {
    reached ??= checkAccess(settings, kubectl, environment.KUBECONFIG).then(({ findings, answers }) => {
      if (!answers) refuseFailing(findings.map((finding) => ({ ...finding, state: 'failing' })))
    })
    return reached
  }
  const snapshot = async () => {
    await reach()
    return takeSnapshot(name, kubectl)
  }
  const pods = async () => {
    await reach()
    return kubectl.list<Pod>(['pods'], selectorOf(name))
  }
  const place: Place = { ...tools, settings, kubectl, reach, pods }
  return {
    partNames: COMPONENTS,
    isLocal: false,
    ...defined({ outside: outsideOf(settings) }),
    preflight: () => runPreflight(settings, async () => (await plan()).resources, kubectl, environment.KUBECONFIG),
    checkMachine: async () => [],
    async look(since, progress) {
      // The preflight has already warned about the missing kubectl.
      if (!kubectl.isOnPath) return []
      const seen = await snapshot()
      if (progress !== undefined) for (const [resource, words] of waitingFor(seen)) progress.hear(resource, words)
      return troublesOf(seen, since, npmRun(asked, 'up'))
    },
    async isMade() {
      const { pods, claims, workloads, jobs } = await snapshot()
      return [...pods, ...claims, ...workloads, ...jobs].length > 0
    },
    parts: async () => partsOf(await snapshot(), settings, urlOf(settings)),
    usage: async () => new Map(),
    sources: async (parts) => sourcesOf(parts, await pods()),
    log: (id, window) => kubectl.log(id, window),
    follow: (id, since, signal) => kubectl.follow(id, since, signal),
    run: (id, command, pipes) => kubectl.run(id, command, pipes),
    runHere: (id, command) => kubectl.runHere(id, command, terminal.isInteractive),
    postgres: (instead) => postgresOf(place, instead),
    async restoring() {
      const job = `create job restore --from=cronjob/${settings.cluster.prefix}restore`
      throw new Refused(
        `\`npm run restore\` supports only stacks on Docker. On Kubernetes, stop the servers and restore one of the stack's backups with a Job: ${kubectlCommand(settings, job)}. docs/backup.md, "Restoring", describes every step`,
      )
    },
    upgrading: () => upgradeOf(place),
  }
}

const kubectlCommand = ({ cluster }: KubernetesSettings, words: string) =>
  `kubectl ${wordsTo(cluster).join(' ')} ${words}`

async function postgresOf({ settings, asked, kubectl, pods }: Place, instead: string): Promise<Postgres> {
  if (!hasDatabase(settings)) {
    throw new Refused(`The database of this stack does not run in one of its pods (${whereItIs(settings)}): ${instead}`)
  }
  const id = podsOf('postgres', await pods()).find(isReady)?.metadata.name
  if (id === undefined) {
    const status = npmRun(asked, 'status')
    throw new Refused(`The pod of postgres is not ready: \`${status}\` shows why; \`${npmRun(asked, 'up')}\` starts it`)
  }
  return { id, run: (command, pipes) => kubectl.run(id, command, pipes), login }
}

async function upgradeOf({ settings, asked, terminal, kubectl, reach }: Place): Promise<Upgrade | undefined> {
  await reach()
  const step = await planned(settings, kubectl, npmRun(asked, 'up'))
  if (step === undefined) return undefined
  const { from, to } = step
  return {
    from,
    to,
    async take(signal) {
      await upgradeOnCluster(settings, step, { kubectl, terminal, signal })
      const kept = keptOf(from, settings)
      const remove = kubectlCommand(settings, `delete persistentvolumeclaim ${kept.join(' ')}`)
      return `The files of Postgres ${from} are in the claims ${kept.join(' and ')}; if everything works, remove them: ${remove}`
    },
  }
}

/**
 * The service's role only carries privileges, and the users that inherit them change. So the superuser logs in and
 * assumes the role.
 */
const login = (role: string) =>
  role === ROLES.service
    ? { user: ROLES.superuser, variables: [`PGOPTIONS=-c role=${role}`] }
    : { user: role, variables: [] }

function whereItIs({ database: { url, external, cnpg } }: KubernetesSettings): string {
  if (cnpg !== undefined) return 'codebase-mcp:database.cnpg'
  if (external !== undefined) return `codebase-mcp:database.external, ${external.host}`
  return `codebase-mcp:${url === undefined ? 'secrets.database' : 'database.url'}`
}

/** Returns the started containers of the given parts, or of all long-running ones. */
function sourcesOf(parts: readonly string[], pods: readonly Pod[]): Source[] {
  const chosen = pods.filter((pod) =>
    parts.length === 0 ? isLasting(componentOf(pod)) : parts.includes(componentOf(pod)),
  )
  const several = (part: string) => podsOf(part, chosen).length > 1
  return chosen.flatMap(({ metadata, status, ...pod }) => {
    const part = componentOf({ metadata, ...pod })
    const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
    // A container that waits for its first start has no log.
    const begun = statuses.filter(({ state, restartCount }) => state?.waiting === undefined || restartCount > 0)
    return begun.map((container) => ({
      part: several(part) ? `${part}/${metadata.name.split('-').at(-1)}` : part,
      id: `${metadata.name}/${container.name}`,
      run: String(container.restartCount),
    }))
  })
}
