import { Readable } from 'node:stream'
import { Interrupted, Refused } from '../../faults.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import { called } from '../metadata.ts'
import type { Kubectl } from './kubectl.ts'
import { CLAIMS, DATA_MAJOR, keptClaim, keptOf, type PodSpec, type Step, UPGRADE } from './majors.ts'
import type { Claim, Job, Pod } from './objects.ts'
import { BACK, jobObject, KEEP, LABELS, podOfBoth, podOnCopy } from './upgrade-job.ts'

interface UpgradeTools {
  readonly kubectl: Pick<Kubectl, 'command'>
  readonly terminal: Told
  readonly signal: AbortSignal
}

/** Terminal on which progress is shown. */
interface Told {
  readonly note: (line: string) => void
  readonly progress: (line: string) => void
  /** Waits before the next poll, until the signal aborts. */
  pause(signal?: AbortSignal): Promise<void>
}

/**
 * Copies the data files to claims that are kept, and fills the stack's own claims with a dump that the old version
 * makes from the copy. Leaves Postgres stopped.
 * @throws Refused and Interrupted after restoring the files
 */
export async function upgradeOnCluster(settings: KubernetesSettings, step: Step, tools: UpgradeTools): Promise<void> {
  const { from, to, isResumed, postgres } = step
  const { kubectl, terminal, signal } = tools
  const statefulSet = `statefulset/${called(settings, 'postgres')}`
  const kept = keptOf(from, settings)
  const mark = (state: string) =>
    kubectl.command(['annotate', '--overwrite', 'persistentvolumeclaim', ...kept, `${UPGRADE}=${state}`])
  let isCopied = isResumed
  // Clients of the database wait until it is back, as after any restart.
  await kubectl.command(['scale', statefulSet, '--replicas=0'])
  try {
    await kubectl.command(['wait', '--for=delete', `pod/${postgres.metadata.name}-0`, '--timeout=5m'])
    if (!isResumed) {
      terminal.note(`Copying the files of Postgres ${from} to the claims ${kept.join(' and ')}.`)
      for (const claim of CLAIMS) await keep(claim, step, settings, kubectl)
      await runJob('keep', podOnCopy(KEEP, step, settings), step, settings, tools)
      await mark('copied')
      isCopied = true
    }
    terminal.note(`Loading the database into Postgres ${to}.`)
    terminal.note(`  ${await runJob('fill', podOfBoth(step, settings), step, settings, tools)}`)
  } catch (error) {
    terminal.note('Putting the original files back.')
    const whole = { ...tools, signal: new AbortController().signal }
    if (isCopied) await runJob('back', podOnCopy(BACK, step, settings), step, settings, whole)
    await kubectl.command(['delete', 'persistentvolumeclaim', '--ignore-not-found', ...kept])
    await kubectl.command(['scale', statefulSet, `--replicas=${settings.running ? 1 : 0}`])
    if (settings.running) await untilServed([statefulSet, `deployment/${called(settings, 'server')}`], tools)
    if (signal.aborted) throw new Interrupted('Interrupted: the database is unchanged and in use')
    throw error
  }
  await kubectl.command(['annotate', '--overwrite', statefulSet, `${DATA_MAJOR}=${to}`])
  await mark('done')
}

/**
 * Waits until parts are ready again. Prints a failure instead of throwing it, so that the original error is reported.
 */
async function untilServed(parts: readonly string[], { kubectl, terminal }: UpgradeTools): Promise<void> {
  try {
    for (const part of parts) await kubectl.command(['rollout', 'status', part, '--timeout=5m'])
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    terminal.note(error.message)
  }
}

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

/** Runs a pod to completion. Returns the last line of its output. @throws Refused with its output if it fails */
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
