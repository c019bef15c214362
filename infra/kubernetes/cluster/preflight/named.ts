import { type Finding, findings } from '../../../finding.ts'
import { podOf } from '../../../policy/pods.ts'
import type { Subject } from '../../../policy/policy.ts'
import { inWords } from '../../../policy/properties.ts'
import type { KubernetesSettings } from '../../../settings/settings.ts'
import type { Kubectl } from '../kubectl.ts'

const { ok, failing } = findings('stack')

interface NamedSecret {
  /** Setting that names the Secret. */
  readonly setting: string
  readonly name: string
  readonly keys: readonly string[]
}

/** Returns the existing Secrets that the settings refer to, with their required keys. */
function namedSecrets({
  secrets,
  cluster,
  edge,
  network: { ca },
  backup,
  postgres,
}: KubernetesSettings): NamedSecret[] {
  const isTlsMade = Object.keys(edge.annotations).some((key) => key.startsWith('cert-manager.io/'))
  const all: readonly (readonly [string, string | undefined, ...string[]])[] = [
    ['secrets.database', own(secrets.database), 'DATABASE_URL', 'MIGRATION_DATABASE_URL'],
    ['secrets.access', own(secrets.access), 'AUTH_TOKENS'],
    ['secrets.git', own(secrets.git), 'GIT_CREDENTIALS'],
    ['secrets.webhook', own(secrets.webhook), 'WEBHOOK_SECRET'],
    [
      'secrets.backup',
      backup.enabled && backup.s3Bucket !== undefined ? own(secrets.backup) : undefined,
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
    ],
    ...cluster.pullSecrets.map((name) => ['kubernetes.pullSecrets', name, '.dockerconfigjson'] as const),
    ...(typeof ca === 'object' ? [['network.ca', ca.secret, ca.key] as const] : []),
    ['postgres.tlsSecret', postgres.tlsSecret, 'tls.crt', 'tls.key', 'ca.crt'],
    ['edge.tlsSecret', edge.kind === 'ingress' && !isTlsMade ? edge.tlsSecret : undefined, 'tls.crt', 'tls.key'],
  ]
  return all.flatMap(([setting, name, ...keys]) => (name === undefined ? [] : [{ setting, name, keys }]))

  function own(name: string | undefined): string | undefined {
    return secrets.store === undefined ? name : undefined
  }
}

/** Checks that the referenced Secrets exist and contain the required keys. */
export async function checkSecrets(
  settings: KubernetesSettings,
  kubectl: Pick<Kubectl, 'read'>,
  namespaceIsThere: boolean,
): Promise<Finding[]> {
  const { namespace } = settings.cluster
  const named = namedSecrets(settings)
  if (named.length === 0) return []
  if (!namespaceIsThere) {
    const names = named.map(({ setting, name }) => `${name} (codebase-mcp:${setting})`).join(', ')
    const remedy = `Create the namespace with the Secrets in it, and set codebase-mcp:kubernetes.createNamespace=false`
    return [failing('secrets', `The namespace ${namespace} does not exist yet, and so neither does ${names}`, remedy)]
  }
  return (await Promise.all(named.map((each) => checkSecret(each, namespace, kubectl)))).flat()
}

interface SecretData {
  readonly data?: Readonly<Record<string, string>>
}

async function checkSecret(
  { setting, name, keys }: NamedSecret,
  namespace: string,
  kubectl: Pick<Kubectl, 'read'>,
): Promise<Finding[]> {
  const read = await kubectl.read<SecretData>(`/api/v1/namespaces/${namespace}/secrets/${name}`)
  if (read.state === 'unseen') return []
  if (read.state === 'absent') {
    const detail = `The namespace ${namespace} has no Secret ${name}, to which codebase-mcp:${setting} refers`
    return [failing('secrets', detail, `Create it with ${keys.join(' and ')}, or correct the setting`)]
  }
  const missing = keys.filter((key) => read.value.data?.[key] === undefined)
  if (missing.length === 0) return [ok('secrets', `${name} (${setting})`)]
  const known = Object.keys(read.value.data ?? {}).join(', ') || 'no keys'
  const detail = `The Secret ${name} (codebase-mcp:${setting}) lacks ${missing.join(' and ')}; it has ${known}`
  return [failing('secrets', detail, `Add ${missing.length === 1 ? 'the missing key' : 'the missing keys'}`)]
}

const CLASSES = [
  {
    kind: 'PriorityClass',
    of: 'priorityClassName',
    setting: 'kubernetes.priorityClass',
    path: '/apis/scheduling.k8s.io/v1/priorityclasses',
  },
  {
    kind: 'RuntimeClass',
    of: 'runtimeClassName',
    setting: 'kubernetes.runtimeClass, or that of the part',
    path: '/apis/node.k8s.io/v1/runtimeclasses',
  },
] as const

/** Checks that the classes of the pods exist. */
export async function checkClasses(
  resources: readonly Subject[],
  { read }: Pick<Kubectl, 'read'>,
): Promise<readonly Finding[]> {
  const all = CLASSES.flatMap(({ kind, of, setting, path }) => {
    const names = new Set(resources.flatMap((each) => podOf(each)?.spec[of] ?? []).map(inWords))
    return [...names].map(async (name): Promise<Finding[]> => {
      const { state } = await read(`${path}/${name}`)
      if (state === 'unseen') return []
      if (state === 'found') return [ok('classes', `${kind} ${name}`)]
      const detail = `The cluster has no ${kind} ${JSON.stringify(name)}`
      return [failing('classes', detail, `Create it, or correct codebase-mcp:${setting}`)]
    })
  })
  return (await Promise.all(all)).flat()
}
