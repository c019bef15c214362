import type { Properties } from '../policy/policy.ts'
import { inWords, isObject, listedObjects, under } from '../policy/properties.ts'
import { nearest } from '../settings/nearest.ts'
import { longestInterval } from '../settings/schedule.ts'
import { checked, from, isGiven, matching, oneOf, type Problem, problemAt, subdomain, when, within } from './checks.ts'

/** Parameters of Postgres that CloudNativePG sets itself, and rejects. */
export const OF_CNPG =
  /^(archive_command|cluster_name|config_file|data_directory|hba_file|ident_file|listen_addresses|log_destination|log_directory|logging_collector|port|primary_conninfo|restore_command|shared_preload_libraries|ssl(_.+)?|unix_socket_.+)$/

/** Checks a Cluster of CloudNativePG. Other operators have a kind of that name. */
export function databaseClusterProblems(object: Properties): Problem[] {
  if (!String(object.apiVersion).startsWith('postgresql.cnpg.io/')) return []
  const spec = under(object, 'spec')
  const { instances = 1, minSyncReplicas = 0, maxSyncReplicas = 0 } = spec
  const parameters = under(spec, 'postgresql', 'parameters')
  const own = Object.keys(parameters)
    .filter((name) => OF_CNPG.test(name))
    .map((name) => problemAt([name], 'is set by CloudNativePG itself; remove it'))
  const hasSize =
    isGiven(under(spec, 'storage').size) || 'storage' in under(spec, 'storage', 'pvcTemplate', 'resources', 'requests')
  const most = Number(instances) - 1
  return within(
    ['spec'],
    [
      ...checked(spec, { instances: from(1), 'affinity.podAntiAffinityType': oneOf('preferred', 'required') }),
      ...when(!hasSize, ['storage', 'size'], 'is missing'),
      ...when(
        Number(maxSyncReplicas) > most,
        ['maxSyncReplicas'],
        `is ${String(maxSyncReplicas)}, but ${String(instances)} instances have ${most} replicas; lower it or raise instances`,
      ),
      ...when(
        Number(minSyncReplicas) > Number(maxSyncReplicas),
        ['minSyncReplicas'],
        `is ${String(minSyncReplicas)}, which is more than maxSyncReplicas, ${String(maxSyncReplicas)}`,
      ),
      ...within(['postgresql', 'parameters'], [...texts(parameters), ...own]),
    ],
  )
}

/** Schedules of CloudNativePG begin with the second. */
const sixFields = matching(
  (value) => /^@\w+( \S+)?$/.test(value) || longestInterval(value.replace(/^\S+ /, '')) !== undefined,
  'a cron schedule with a field for seconds first, such as "0 0 2 * * *"',
)

/** Checks a ScheduledBackup of CloudNativePG. */
export function scheduledBackupProblems(object: Properties): Problem[] {
  if (!String(object.apiVersion).startsWith('postgresql.cnpg.io/')) return []
  const spec = under(object, 'spec')
  return within(
    ['spec'],
    [
      ...checked(spec, { schedule: sixFields, 'cluster.name': subdomain }),
      ...when(
        spec.method === 'plugin' && !isGiven(spec.pluginConfiguration),
        ['pluginConfiguration'],
        'is missing, which method plugin requires',
      ),
    ],
  )
}

const CREDENTIALS = { s3Credentials: 's3', googleCredentials: 'gs', azureCredentials: 'https' } as const
const STORE_FIELDS = [
  ...Object.keys(CREDENTIALS),
  'data',
  'destinationPath',
  'endpointCA',
  'endpointURL',
  'historyTags',
  'serverName',
  'tags',
  'wal',
]
const retention = matching(
  (value) => /^[1-9]\d*[dwm]$/.test(value),
  'a whole number of days, weeks or months such as 30d',
)
const compression = oneOf('bzip2', 'gzip', 'lz4', 'snappy', 'xz', 'zstd')

/** Checks an ObjectStore of the Barman Cloud plugin, of whose schema there is no package. */
export function objectStoreProblems(object: Properties): Problem[] {
  if (!String(object.apiVersion).startsWith('barmancloud.cnpg.io/')) return []
  const spec = under(object, 'spec')
  return within(
    ['spec'],
    [
      ...checked(spec, { retentionPolicy: retention }),
      ...within(['configuration'], storeProblems(under(spec, 'configuration'))),
    ],
  )
}

function storeProblems(configuration: Properties): Problem[] {
  const { destinationPath } = configuration
  const given = Object.entries(CREDENTIALS).filter(([key]) => isGiven(configuration[key]))
  const [key = '', scheme] = given[0] ?? []
  const isOfOther =
    typeof destinationPath === 'string' && scheme !== undefined && !destinationPath.startsWith(`${scheme}://`)
  const keys = under(configuration, 's3Credentials')
  const isHalf = isGiven(keys.accessKeyId) !== isGiven(keys.secretAccessKey)
  return [
    ...checked(configuration, { 'data.compression': compression, 'wal.compression': compression }),
    ...Object.keys(configuration).flatMap((field) => {
      const near = STORE_FIELDS.includes(field) ? undefined : nearest(field, STORE_FIELDS)
      return near === undefined ? [] : problemAt([field], `is not a field of an ObjectStore; did you mean ${near}?`)
    }),
    ...when(!isGiven(destinationPath), ['destinationPath'], 'is missing'),
    ...when(
      given.length !== 1,
      [],
      `must have exactly one of ${Object.keys(CREDENTIALS).join(', ')}, but has ${given.map(([name]) => name).join(' and ') || 'none'}`,
    ),
    ...when(
      isOfOther,
      ['destinationPath'],
      `must start with ${scheme}://, because there are ${key}, got ${JSON.stringify(destinationPath)}`,
    ),
    ...when(isHalf, ['s3Credentials'], 'must have accessKeyId and secretAccessKey together'),
    ...when(
      isGiven(configuration.serverName),
      ['serverName'],
      'must be a parameter of the plugin in the Cluster; move it there',
    ),
  ]
}

/** A duration as programs in Go read it, without days. */
const duration = matching(
  (value) => /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$|^0$/.test(value),
  'a time in hours, minutes and seconds such as 2160h or 1h30m',
)

const NAMES = ['commonName', 'literalSubject', 'dnsNames', 'ipAddresses', 'uris', 'emailAddresses', 'otherNames']

/** Checks a Certificate of cert-manager. */
export function certificateProblems(object: Properties): Problem[] {
  if (!String(object.apiVersion).startsWith('cert-manager.io/')) return []
  const spec = under(object, 'spec')
  const isNamed = NAMES.some((name) => isGiven(spec[name]) && inWords(spec[name]) !== '[]')
  return within(
    ['spec'],
    [
      ...checked(spec, { duration, renewBefore: duration, secretName: subdomain }),
      ...when(!isNamed, ['dnsNames'], 'is missing; a certificate needs a name, such as dnsNames or commonName'),
    ],
  )
}

/** Checks an ExternalSecret. */
export const externalSecretProblems = (object: Properties): Problem[] =>
  within(['spec'], checked(under(object, 'spec'), { refreshInterval: duration, 'target.name': subdomain }))

/** Checks a PrometheusRule. */
export const alertProblems = (object: Properties): Problem[] =>
  listedObjects(under(object, 'spec'), 'groups').flatMap((group, at) =>
    listedObjects(group, 'rules').flatMap((rule, number) =>
      within(
        ['spec', 'groups', at, 'rules', number],
        [
          ...when(isGiven(rule.alert) === isGiven(rule.record), [], 'must have either alert or record'),
          ...when(isGiven(rule.record) && isGiven(rule.for), ['for'], 'is only for an alert; remove it'),
        ],
      ),
    ),
  )

/** Checks a ScaledObject or ScaledJob of KEDA. */
export function scaledObjectProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const { minReplicaCount = 0, maxReplicaCount = 100 } = spec
  const triggers = listedObjects(spec, 'triggers')
  return within(
    ['spec'],
    [
      ...checked(spec, { minReplicaCount: from(0), maxReplicaCount: from(1), 'scaleTargetRef.name': subdomain }),
      ...when(
        Number(minReplicaCount) > Number(maxReplicaCount),
        ['minReplicaCount'],
        `is ${String(minReplicaCount)}, which is more than maxReplicaCount, ${String(maxReplicaCount)}`,
      ),
      ...when(triggers.length === 0, ['triggers'], 'must have a trigger'),
      ...triggers.flatMap((trigger, at) => within(['triggers', at, 'metadata'], texts(under(trigger, 'metadata')))),
    ],
  )
}

/** Durations of Prometheus' operator, which a bare number looks like. */
const DURATIONS = ['interval', 'scrapeTimeout']

/** Checks a ServiceMonitor or PodMonitor of Prometheus' operator. */
export const monitorProblems = (object: Properties): Problem[] =>
  ['endpoints', 'podMetricsEndpoints'].flatMap((key) =>
    listedObjects(under(object, 'spec'), key).flatMap((endpoint, at) =>
      within(
        ['spec', key, at],
        DURATIONS.filter((name) => isGiven(endpoint[name]) && !/^\d+(ms|[smhdwy])/.test(inWords(endpoint[name]))).map(
          (name) => problemAt([name], `must be a time such as 30s, got ${JSON.stringify(endpoint[name])}`),
        ),
      ),
    ),
  )

/** Values by key that an operator takes only as text, such as "5". */
function texts(values: Properties): Problem[] {
  return Object.entries(values)
    .filter(([, value]) => isGiven(value) && typeof value !== 'string' && !isObject(value))
    .map(([key, value]) =>
      problemAt([key], `must be text; write it in quotation marks, ${JSON.stringify(String(value))}`),
    )
}
