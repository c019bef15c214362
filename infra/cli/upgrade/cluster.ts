import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { called } from '../../kubernetes/metadata.ts'
import { hasDatabase } from '../../settings/derived.ts'
import { majorVersionOf } from '../../settings/postgres-version.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import { reach } from '../cluster/day-two/stack.ts'
import { type Kubectl, wordsTo } from '../cluster/kubectl.ts'
import { selectorOf } from '../cluster/objects.ts'
import {
  type Claim,
  DATA_OF,
  keptName,
  majorOf,
  type PodSpec,
  pathOf,
  postgresIn,
  type StatefulSet,
  UPGRADE,
} from '../cluster/preflight/postgres.ts'
import { runPiped } from '../day-two/piped.ts'
import type { DayTwoTools } from '../day-two/tools.ts'
import { Interrupted, Refused } from '../faults.ts'
import { SOCKETS_OF_BOTH } from './docker.ts'

/** Asks, where somebody is to be asked, whether it may go on. @throws Refused where not */
export type Agree = (from: number, to: number) => Promise<void> | undefined

interface Step {
  readonly from: number
  readonly to: number
  readonly isResumed: boolean
}

/**
 * Takes the database to the major version of the image in the settings; the former files are in claims of their own.
 * @returns where these are; undefined where there is nothing to upgrade
 */
export async function upgradeOnCluster(
  settings: KubernetesSettings,
  tools: DayTwoTools,
  agree: Agree,
): Promise<string | undefined> {
  if (!hasDatabase(settings)) {
    throw new Refused(
      'The database of this stack is not a pod of it: upgrade it where it is; CloudNativePG does it by itself',
    )
  }
  const kubectl = await reach(settings, tools)
  const read = await kubectl.read<StatefulSet>(pathOf(settings, 'apis/apps/v1', 'statefulsets', 'postgres'))
  if (read.state !== 'found') throw new Refused('There is no database yet: `npm run up` makes it')
  const step = await plannedStep(settings, read.value, kubectl)
  if (step === undefined) return undefined
  await agree(step.from, step.to)
  const interruption = tools.interruption()
  try {
    await new Upgrade(settings, read.value, step, tools, interruption.signal).run()
  } finally {
    interruption.over()
  }
  const claims = CLAIMS.map((claim) => called(settings, keptName(claim, step.from)))
  const remove = `kubectl ${wordsTo(settings.cluster).join(' ')} delete pvc ${claims.join(' ')}`
  return `The files of Postgres ${step.from} are in the claims ${claims.join(' and ')}; once all is well: ${remove}`
}

async function plannedStep(
  settings: KubernetesSettings,
  stateful: StatefulSet,
  { read }: Pick<Kubectl, 'read'>,
): Promise<Step | undefined> {
  const { image } = settings.postgres
  const [from, to] = [majorOf(stateful), majorVersionOf(image)]
  if (from === undefined || to === undefined) {
    const untold = from === undefined ? postgresIn(stateful.spec.template.spec).image : image
    throw new Refused(
      `The tag of ${untold} does not tell its major version of Postgres: name it by one that does, such as pg18`,
    )
  }
  const kept = await read<Claim>(pathOf(settings, 'api/v1', 'persistentvolumeclaims', keptName('postgres', from)))
  const isResumed = kept.state === 'found' && kept.value.metadata.annotations?.[UPGRADE] === 'copied'
  if (from === to) return undefined
  if (from > to)
    throw new Refused(
      `The database is of Postgres ${from}, and ${image} has the older ${to}: Postgres goes no way back`,
    )
  if (kept.state === 'found' && !isResumed) {
    const name = called(settings, keptName('postgres', from))
    throw new Refused(
      `The claim ${name} is there from an earlier upgrade: remove it, and ${called(settings, keptName('postgres-wal', from))}`,
    )
  }
  return { from, to, isResumed }
}

const CLAIMS = ['postgres', 'postgres-wal'] as const
const FORMER_PORT = 5432
const PORT = 5433
const TRANSFER = readFileSync(new URL('./transfer.sh', import.meta.url), 'utf8')

// The folder of the write-ahead log is not that of the data.
const WAL = `wal=\${POSTGRES_INITDB_ARGS#--waldir=}`
const KEEP = `set -e\n${WAL}\nrm -rf /kept/data/* /kept/wal/*\ncp -a "$PGDATA" /kept/data/\ncp -a "$wal" /kept/wal/`
const BACK = `set -e\n${WAL}\nrm -rf "$PGDATA" "$wal"\ncp -a "/kept/data/\${PGDATA##*/}" "$PGDATA"\ncp -a "/kept/wal/\${wal##*/}" "$wal"`
const EMPTY = `set -e\n${WAL}\nrm -rf "$PGDATA" "$wal"`
const FILL = `
docker-entrypoint.sh "$@" >/tmp/postgres.log 2>&1 &
server=$!
trap 'tail -n 20 /tmp/postgres.log >&2' ERR
${TRANSFER}
kill -INT "$server"
wait "$server"
`

class Upgrade {
  readonly #settings: KubernetesSettings
  readonly #pod: StatefulSet['spec']['template']
  readonly #step: Step
  readonly #tools: DayTwoTools
  readonly #signal: AbortSignal

  constructor(
    settings: KubernetesSettings,
    { spec }: StatefulSet,
    step: Step,
    tools: DayTwoTools,
    signal: AbortSignal,
  ) {
    this.#settings = settings
    this.#pod = spec.template
    this.#step = step
    this.#tools = tools
    this.#signal = signal
  }

  async run(): Promise<void> {
    const { note } = this.#tools.notes
    const { from, to, isResumed } = this.#step
    const scale = (replicas: readonly number[]) =>
      Promise.all(WORKLOADS.map((each, at) => this.#kubectl('scale', this.#named(each), `--replicas=${replicas[at]}`)))
    const running = await Promise.all(
      WORKLOADS.map(async (each) => Number(await this.#kubectl('get', this.#named(each), '--output', REPLICAS))),
    )
    await scale(running.map(() => 0))
    try {
      await this.#untilStopped()
      if (!isResumed) {
        note(`The files of Postgres ${from} are copied to claims of their own`)
        for (const claim of CLAIMS) await this.#claim(claim)
        await this.#job('keep', KEEP)
        await this.#annotateKept('copied')
      }
      this.#signal.throwIfAborted()
      note(`Postgres ${to} takes the database`)
      note(await this.#job('fill', FILL))
    } catch (error) {
      await this.#putBack()
      await scale(running)
      if (this.#signal.aborted) throw new Interrupted('Interrupted: the database is as it was')
      throw error
    }
    await this.#kubectl('annotate', '--overwrite', this.#named('statefulset/postgres'), `${DATA_OF}=${to}`)
    await this.#annotateKept('done')
  }

  async #putBack(): Promise<void> {
    this.#tools.notes.note('The files are put back as they were.')
    const name = called(this.#settings, keptName('postgres', this.#step.from))
    const state = 'jsonpath={.metadata.annotations.codebase-mcp/upgrade}'
    const copied = await this.#kubectl('get', 'pvc', name, '--ignore-not-found', '--output', state)
    if (copied === 'copied') await this.#job('back', BACK, new AbortController().signal)
    await this.#kubectl('delete', 'pvc', '--ignore-not-found', ...this.#kept())
  }

  readonly #kept = () => CLAIMS.map((claim) => called(this.#settings, keptName(claim, this.#step.from)))

  #named(kindAndName: string): string {
    const [kind, name = ''] = kindAndName.split('/')
    return `${kind}/${called(this.#settings, name)}`
  }

  async #untilStopped(): Promise<void> {
    const components = 'app.kubernetes.io/component in (server, worker, postgres)'
    const select = `${selectorOf(this.#settings.name)},${components}`
    await this.#kubectl('wait', '--for=delete', 'pod', '--selector', select, '--timeout=5m')
  }

  async #claim(claim: (typeof CLAIMS)[number]): Promise<void> {
    const { spec } = JSON.parse(
      await this.#kubectl('get', 'pvc', called(this.#settings, claim), '--output', 'json'),
    ) as Claim
    const { accessModes, storageClassName, resources } = spec
    await this.#create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: called(this.#settings, keptName(claim, this.#step.from)), labels: OWN_LABELS },
      spec: { accessModes, resources, ...(storageClassName === undefined ? {} : { storageClassName }) },
    })
  }

  async #annotateKept(state: string): Promise<void> {
    await this.#kubectl('annotate', '--overwrite', 'pvc', ...this.#kept(), `${UPGRADE}=${state}`)
  }

  /** Runs a script in a pod like that of Postgres, to its end; what it wrote last. @throws Refused with what it wrote */
  async #job(name: string, script: string, signal = this.#signal): Promise<string> {
    const job = called(this.#settings, `postgres-upgrade-${name}`)
    await this.#kubectl('delete', 'job', job, '--ignore-not-found')
    await this.#create(jobObject(job, this.#podFor(name, script), this.#pod.metadata))
    const logs = () => this.#kubectl('logs', `job/${job}`, '--container', 'postgres', '--tail', '20').catch(() => '')
    try {
      for (;;) {
        signal.throwIfAborted()
        const conditions = await this.#kubectl('get', 'job', job, '--output', CONDITIONS)
        if (/(^| )Complete( |$)/.test(conditions)) return (await logs()).split('\n').at(-1) ?? ''
        if (/(^| )Failed( |$)/.test(conditions)) throw new Refused(`The Job ${job} failed:\n${await logs()}`)
        this.#tools.notes.progress(`${job}: ${(await logs()).split('\n').at(-1)}`)
        await sleep(POLLED_MS)
      }
    } finally {
      await this.#kubectl('delete', 'job', job, '--ignore-not-found', '--cascade=foreground', '--timeout=2m')
    }
  }

  #podFor(name: string, script: string): PodSpec {
    const { containers, initContainers: _, ...spec } = this.#pod.spec
    const {
      readinessProbe: _1,
      livenessProbe: _2,
      startupProbe,
      ports: _3,
      ...own
    } = postgresIn({ ...spec, containers })
    const kept = CLAIMS.map((claim, at) => ({
      name: `kept-${KEPT[at]}`,
      persistentVolumeClaim: { claimName: called(this.#settings, keptName(claim, this.#step.from)) },
    }))
    const volumes = [...spec.volumes, ...kept]
    const run = (text: string, args: readonly string[] = []) => ({
      command: ['bash', '-c', text, name, ...args],
      args: [],
    })
    if (name !== 'fill') {
      const mounts = KEPT.map((each) => ({ name: `kept-${each}`, mountPath: `/kept/${each}` }))
      const only = { ...own, ...run(script), volumeMounts: [...(own.volumeMounts ?? []), ...mounts] }
      return { ...spec, restartPolicy: 'Never', volumes, containers: [only] }
    }
    const args = [...(own.args ?? []), '-c', `unix_socket_directories=${SOCKETS_OF_BOTH}`]
    const empty = { ...own, ...run(EMPTY), name: 'empty' }
    // It is told to end, and does so in order, once the other has ended.
    const next = {
      ...own,
      name: 'next',
      image: this.#settings.postgres.image,
      args,
      restartPolicy: 'Always',
      env: [...(own.env ?? []), { name: 'PGPORT', value: String(PORT) }],
    }
    const former = {
      ...own,
      ...run(script, args),
      env: [...(own.env ?? []), { name: 'FROM', value: String(FORMER_PORT) }, { name: 'TO', value: String(PORT) }],
      volumeMounts: (own.volumeMounts ?? []).map((mount) =>
        KEPT.includes(mount.name) ? { ...mount, name: `kept-${mount.name}` } : mount,
      ),
    }
    return { ...spec, restartPolicy: 'Never', volumes, initContainers: [empty, next], containers: [former] }
  }

  readonly #create = (object: object) => this.#ask(['create', '--filename', '-'], JSON.stringify(object))
  readonly #kubectl = (...args: string[]) => this.#ask(args)

  async #ask(args: readonly string[], input?: string): Promise<string> {
    const words = [...wordsTo(this.#settings.cluster), ...args]
    const pipes = input === undefined ? {} : { input: Readable.from([input]) }
    const { exitCode, output, errors } = await runPiped('kubectl', words, pipes, { env: process.env })
    if (exitCode !== 0) throw new Refused(`kubectl ${args.slice(0, 2).join(' ')} failed: ${errors.trim()}`)
    return output.trim()
  }
}

/** Who writes first, then the database. */
const WORKLOADS = ['deployment/server', 'deployment/worker', 'statefulset/postgres']
const KEPT: readonly string[] = ['data', 'wal']
const POLLED_MS = 2_000
const REPLICAS = 'jsonpath={.spec.replicas}'
const CONDITIONS = 'jsonpath={.status.conditions[?(@.status=="True")].type}'

// Not those of the stack, of which `up` takes over what its state does not know.
const OWN_LABELS = { 'app.kubernetes.io/part-of': 'codebase-mcp' }

function jobObject(name: string, spec: PodSpec, { labels, annotations }: StatefulSet['spec']['template']['metadata']) {
  const own = Object.entries(labels).filter(([key]) => !key.startsWith('app.kubernetes.io/'))
  const metadata = { labels: { ...Object.fromEntries(own), ...OWN_LABELS }, ...(annotations && { annotations }) }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels: OWN_LABELS },
    spec: { backoffLimit: 0, activeDeadlineSeconds: 6 * 3600, template: { metadata, spec } },
  }
}
