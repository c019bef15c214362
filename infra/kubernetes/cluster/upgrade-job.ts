import { FORMER_PORT, NEXT_NOT_READY, NEXT_PORT, SOCKETS_OF_BOTH, TRANSFER } from '../../database/transfer.ts'
import type { KubernetesSettings } from '../../settings/settings.ts'
import { keptOf, type PodSpec, type PostgresSet, postgresIn, type Step } from './majors.ts'

// Not the labels of the stack, because `up` imports unrecorded objects that have those.
export const LABELS = { 'app.kubernetes.io/part-of': 'codebase-mcp' }

/** Returns the Job of an upgrade step. */
export function jobObject(
  name: string,
  spec: PodSpec,
  { labels = {}, annotations }: PostgresSet['spec']['template']['metadata'],
) {
  // Without these labels, the Services and network policies of Postgres do not select the pod.
  const own = Object.entries(labels).filter(([key]) => !key.startsWith('app.kubernetes.io/'))
  const metadata = { labels: { ...Object.fromEntries(own), ...LABELS }, ...(annotations && { annotations }) }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels: LABELS },
    spec: { backoffLimit: 0, activeDeadlineSeconds: 6 * 3600, template: { metadata, spec } },
  }
}

// The write-ahead log is in a separate folder.
const WAL = `set -e\nwal=\${POSTGRES_INITDB_ARGS#--waldir=}`
const EMPTY = `${WAL}\nrm -rf "$PGDATA" "$wal"`
export const KEEP = `${WAL}\ncp -a "$PGDATA" /kept/data/\ncp -a "$wal" /kept/wal/`
export const BACK = `${EMPTY}\ncp -a "/kept/data/\${PGDATA##*/}" "$PGDATA"\ncp -a "/kept/wal/\${wal##*/}" "$wal"`
const FILL = `
docker-entrypoint.sh "$@" >/tmp/postgres.log 2>&1 &
server=$!
trap 'code=$?; case $code in 0 | ${NEXT_NOT_READY}) ;; *) tail -n 20 /tmp/postgres.log >&2 ;; esac' EXIT
${TRANSFER}
kill -INT "$server"
wait "$server"
`

/** Container of the new version. */
export const NEXT = 'next'

/** Volumes of Postgres, in the order of `CLAIMS`. */
const VOLUMES: readonly string[] = ['data', 'wal']

/**
 * Returns the parts that the pods inherit from the StatefulSet (scheduling, user, volumes), plus the volumes with the
 * kept files.
 */
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

/** Returns a pod that runs a script with the stack's own files and the kept files mounted. */
export function podOnCopy(script: string, step: Step, settings: KubernetesSettings): PodSpec {
  const { own, spec } = basisOf(step, settings)
  const mounts = VOLUMES.map((volume) => ({ name: `kept-${volume}`, mountPath: `/kept/${volume}` }))
  const container = { ...own, ...running(script), volumeMounts: [...(own.volumeMounts ?? []), ...mounts] }
  return { ...spec, containers: [container] }
}

/** Returns a pod that runs both versions, the old one on the kept files. */
export function podOfBoth(step: Step, settings: KubernetesSettings): PodSpec {
  const { own, spec } = basisOf(step, settings)
  const { args = [], env = [], volumeMounts = [] } = own
  const both = [...args, '-c', `unix_socket_directories=${SOCKETS_OF_BOTH}`]
  const empty = { ...own, ...running(EMPTY), name: 'empty' }
  const next = {
    ...own,
    name: NEXT,
    image: settings.postgres.image,
    args: both,
    env: [...env, { name: 'PGPORT', value: String(NEXT_PORT) }],
    // Makes it a sidecar, which runs until the main container ends.
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
