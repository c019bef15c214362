import { Readable } from 'node:stream'
import { FORMER_PORT, NEXT_PORT, SOCKETS_OF_BOTH, TRANSFER } from '../../database/transfer.ts'
import { Interrupted, Refused } from '../../faults.ts'
import { called } from '../../kubernetes/metadata.ts'
import { hasDatabase } from '../../settings/derived.ts'
import { majorVersionOf } from '../../settings/postgres-version.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import type { Terminal } from '../terminal.ts'
import type { Kubectl } from './kubectl.ts'
import {
  CLAIMS,
  DATA_MAJOR,
  keptClaim,
  majorOf,
  type PodSpec,
  type PostgresSet,
  postgresIn,
  readPostgres,
  UPGRADE,
  upgradeFrom,
} from './majors.ts'
import type { Claim, Job, Pod } from './objects.ts'

/** The way from one major version of Postgres to a later one. */
export interface Step {
  readonly from: number
  readonly to: number
  /** Whether an earlier attempt was cut short, which has kept the files. */
  readonly isResumed: boolean
  readonly postgres: PostgresSet
}

/**
 * What an upgrade would do; undefined where there is nothing to do.
 * @param up the command that makes a database
 * @throws Refused
 */
export async function planned(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'read'>,
  up: string,
): Promise<Step | undefined> {
  if (!hasDatabase(settings)) {
    throw new Refused(
      'The database of this stack is not a pod of it: upgrade it where it is; CloudNativePG does it by itself',
    )
  }
  const postgres = await readPostgres(settings, kubectl)
  if (postgres === undefined) throw new Refused(`There is no database yet: \`${up}\` makes it`)
  const { image } = settings.postgres
  const [from, to] = [majorOf(postgres), majorVersionOf(image)]
  if (from === undefined || to === undefined) {
    const untold = from === undefined ? postgresIn(postgres.spec.template.spec).image : image
    throw new Refused(
      `The tag of ${untold} does not tell its major version of Postgres: name it by one that does, such as pg18`,
    )
  }
  if (from === to) return undefined
  if (from > to) {
    throw new Refused(
      `The database is of Postgres ${from}, and ${image} has the older ${to}: Postgres goes no way back`,
    )
  }
  const upgrade = await upgradeFrom(from, settings, kubectl)
  if (upgrade !== undefined && upgrade !== 'copied') {
    const claims = keptOf(from, settings).join(' ')
    throw new Refused(`The claims ${claims} are there from an earlier upgrade: remove them with kubectl delete pvc`)
  }
  return { from, to, isResumed: upgrade === 'copied', postgres }
}

export const keptOf = (major: number, settings: KubernetesSettings) =>
  CLAIMS.map((claim) => keptClaim(settings, claim, major))

interface UpgradeTools {
  readonly kubectl: Pick<Kubectl, 'command'>
  readonly terminal: Pick<Terminal, 'note' | 'progress' | 'pause'>
  readonly signal: AbortSignal
}

/**
 * Copies the files to claims that are kept, and fills the stack's own with what the former version reads there.
 * Postgres does not run afterwards.
 * @throws Refused and Interrupted where the files are as they were
 */
export async function upgradeOnCluster(settings: KubernetesSettings, step: Step, tools: UpgradeTools): Promise<void> {
  const { from, to, isResumed, postgres } = step
  const { kubectl, terminal, signal } = tools
  const statefulSet = `statefulset/${called(settings, 'postgres')}`
  const kept = keptOf(from, settings)
  const mark = (state: string) =>
    kubectl.command(['annotate', '--overwrite', 'persistentvolumeclaim', ...kept, `${UPGRADE}=${state}`])
  let isCopied = isResumed
  // Whoever uses the database waits for it, as after any stop.
  await kubectl.command(['scale', statefulSet, '--replicas=0'])
  try {
    await kubectl.command(['wait', '--for=delete', `pod/${postgres.metadata.name}-0`, '--timeout=5m'])
    if (!isResumed) {
      terminal.note(`The files of Postgres ${from} are copied to the claims ${kept.join(' and ')}`)
      for (const claim of CLAIMS) await keep(claim, step, settings, kubectl)
      await runJob('keep', podOnCopy(KEEP, step, settings), step, settings, tools)
      await mark('copied')
      isCopied = true
    }
    terminal.note(`Postgres ${to} takes the database`)
    terminal.note(`  ${await runJob('fill', podOfBoth(step, settings), step, settings, tools)}`)
  } catch (error) {
    terminal.note('The files are put back as they were.')
    const whole = { ...tools, signal: new AbortController().signal }
    if (isCopied) await runJob('back', podOnCopy(BACK, step, settings), step, settings, whole)
    await kubectl.command(['delete', 'persistentvolumeclaim', '--ignore-not-found', ...kept])
    await kubectl.command(['scale', statefulSet, `--replicas=${settings.running ? 1 : 0}`])
    if (settings.running) await untilServed([statefulSet, `deployment/${called(settings, 'server')}`], tools)
    if (signal.aborted) throw new Interrupted('Interrupted: the database is as it was, and the server serves it')
    throw error
  }
  await kubectl.command(['annotate', '--overwrite', statefulSet, `${DATA_MAJOR}=${to}`])
  await mark('done')
}

/** Waits until parts are ready again; where one does not get so, why this is done is told all the same. */
async function untilServed(parts: readonly string[], { kubectl, terminal }: UpgradeTools): Promise<void> {
  try {
    for (const part of parts) await kubectl.command(['rollout', 'status', part, '--timeout=5m'])
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    terminal.note(error.message)
  }
}

// Not those of the stack, of which `up` takes over what its state does not know.
const LABELS = { 'app.kubernetes.io/part-of': 'codebase-mcp' }

const create = ({ command }: UpgradeTools['kubectl'], object: object) =>
  command(['create', '--filename', '-'], { input: Readable.from([JSON.stringify(object)]) })

async function keep(
  claim: (typeof CLAIMS)[number],
  { from }: Step,
  settings: KubernetesSettings,
  kubectl: UpgradeTools['kubectl'],
): Promise<void> {
  const get = ['get', 'persistentvolumeclaim', called(settings, claim), '--output', 'json']
  const { accessModes, storageClassName, resources } = (JSON.parse(await kubectl.command(get)) as Claim & ClaimSpec)
    .spec
  await create(kubectl, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: keptClaim(settings, claim, from), labels: LABELS },
    spec: { accessModes, resources, ...(storageClassName === undefined ? {} : { storageClassName }) },
  })
}

interface ClaimSpec {
  readonly spec: { readonly accessModes: readonly string[] }
}

/** Runs a pod to its end; the last line that it wrote. @throws Refused with what it wrote where it fails */
async function runJob(
  name: string,
  spec: PodSpec,
  { postgres }: Step,
  settings: KubernetesSettings,
  { kubectl, terminal, signal }: UpgradeTools,
): Promise<string> {
  const job = `${called(settings, 'postgres')}-upgrade-${name}`
  const read = async <Found>(...what: string[]) =>
    JSON.parse(await kubectl.command(['get', ...what, '--output', 'json'])) as Found
  const remove = () => kubectl.command(['delete', 'job', job, '--ignore-not-found', '--cascade=foreground'])
  const log = () => kubectl.command(['logs', `job/${job}`, '--container', 'postgres', '--tail', '20']).catch(() => '')
  await remove()
  await create(kubectl, jobObject(job, spec, postgres.spec.template.metadata))
  try {
    for (;;) {
      signal.throwIfAborted()
      const { status } = await read<Job>('job', job)
      const ended = status.conditions?.find((condition) => condition.status === 'True' && ENDS.includes(condition.type))
      if (ended?.type === 'Complete') return (await log()).split('\n').at(-1) ?? ''
      if (ended !== undefined) throw new Refused(`The Job ${job} failed: ${await log()}`)
      const { items } = await read<{ readonly items: readonly Pod[] }>('pods', '--selector', `job-name=${job}`)
      const hindrance = items.map(hindranceOf).find((words) => words !== undefined)
      if (hindrance !== undefined) throw new Refused(`The pod of ${job} cannot start: ${hindrance}`)
      terminal.progress(`${job}: ${(await log()).split('\n').at(-1)}`)
      await terminal.pause(signal)
    }
  } finally {
    await remove()
  }
}

const ENDS = ['Complete', 'Failed']

const HINDERED = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'CreateContainerError']

function hindranceOf({ status }: Pod): string | undefined {
  const all = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
  const waiting = all.map(({ state }) => state?.waiting).find(({ reason = '' } = {}) => HINDERED.includes(reason))
  return waiting?.message ?? waiting?.reason
}

function jobObject(
  name: string,
  spec: PodSpec,
  { labels = {}, annotations }: PostgresSet['spec']['template']['metadata'],
) {
  // No Service and no policy of the stack is to take it for a Postgres.
  const own = Object.entries(labels).filter(([key]) => !key.startsWith('app.kubernetes.io/'))
  const metadata = { labels: { ...Object.fromEntries(own), ...LABELS }, ...(annotations && { annotations }) }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels: LABELS },
    spec: { backoffLimit: 0, activeDeadlineSeconds: 6 * 3600, template: { metadata, spec } },
  }
}

// The folder of the write-ahead log is not that of the data.
const WAL = `set -e\nwal=\${POSTGRES_INITDB_ARGS#--waldir=}`
const EMPTY = `${WAL}\nrm -rf "$PGDATA" "$wal"`
const KEEP = `${WAL}\ncp -a "$PGDATA" /kept/data/\ncp -a "$wal" /kept/wal/`
const BACK = `${EMPTY}\ncp -a "/kept/data/\${PGDATA##*/}" "$PGDATA"\ncp -a "/kept/wal/\${wal##*/}" "$wal"`
const FILL = `
docker-entrypoint.sh "$@" >/tmp/postgres.log 2>&1 &
server=$!
trap 'tail -n 20 /tmp/postgres.log >&2' ERR
${TRANSFER}
kill -INT "$server"
wait "$server"
`

/** The volumes of a Postgres, in the order of `CLAIMS`. */
const VOLUMES: readonly string[] = ['data', 'wal']

/** What the pods have of the StatefulSet's: place, user and volumes, and those of the files that are kept. */
function basisOf({ from, postgres }: Step, settings: KubernetesSettings) {
  const { containers, initContainers: _, ...spec } = postgres.spec.template.spec
  const { readinessProbe: _r, livenessProbe: _l, startupProbe: _s, ports: _p, ...own } = postgresIn({ containers })
  const kept = keptOf(from, settings).map((claimName, at) => ({
    name: `kept-${VOLUMES[at]}`,
    persistentVolumeClaim: { claimName },
  }))
  return { own, spec: { ...spec, restartPolicy: 'Never', volumes: [...spec.volumes, ...kept] } }
}

const running = (script: string, args: readonly string[] = []) => ({
  command: ['bash', '-c', script, 'bash', ...args],
  args: [],
})

/** Runs a script where the stack's own files and those that are kept are. */
function podOnCopy(script: string, step: Step, settings: KubernetesSettings): PodSpec {
  const { own, spec } = basisOf(step, settings)
  const mounts = VOLUMES.map((volume) => ({ name: `kept-${volume}`, mountPath: `/kept/${volume}` }))
  const container = { ...own, ...running(script), volumeMounts: [...(own.volumeMounts ?? []), ...mounts] }
  return { ...spec, containers: [container] }
}

/** Both versions beside each other, the former one on the files that are kept. */
function podOfBoth(step: Step, settings: KubernetesSettings): PodSpec {
  const { own, spec } = basisOf(step, settings)
  const { args = [], env = [], volumeMounts = [] } = own
  const both = [...args, '-c', `unix_socket_directories=${SOCKETS_OF_BOTH}`]
  const empty = { ...own, ...running(EMPTY), name: 'empty' }
  const next = {
    ...own,
    name: 'next',
    image: settings.postgres.image,
    args: both,
    env: [...env, { name: 'PGPORT', value: String(NEXT_PORT) }],
    // It runs as long as the container after it.
    restartPolicy: 'Always',
  }
  const ports = { FROM: FORMER_PORT, TO: NEXT_PORT }
  const former = {
    ...own,
    ...running(FILL, both),
    env: [...env, ...Object.entries(ports).map(([name, port]) => ({ name, value: String(port) }))],
    volumeMounts: volumeMounts.map((mount) =>
      VOLUMES.includes(mount.name) ? { ...mount, name: `kept-${mount.name}` } : mount,
    ),
  }
  return { ...spec, initContainers: [empty, next], containers: [former] }
}
