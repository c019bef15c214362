import type { Properties } from '../policy/policy.ts'
import { inWords, isObject, listedObjects, under } from '../policy/properties.ts'
import { isGiven, type Problem, problemAt, within } from './checks.ts'

/** Parameters of Postgres that CloudNativePG sets itself, and rejects. */
const OF_CNPG =
  /^(archive_command|cluster_name|config_file|data_directory|hba_file|ident_file|listen_addresses|log_destination|log_directory|logging_collector|port|primary_conninfo|restore_command|shared_preload_libraries|ssl(_.+)?|unix_socket_.+)$/

/** Checks a Cluster of CloudNativePG. Other operators have a kind of that name. */
export function databaseClusterProblems(object: Properties): Problem[] {
  if (!String(object.apiVersion).startsWith('postgresql.cnpg.io/')) return []
  const parameters = under(object, 'spec', 'postgresql', 'parameters')
  const own = Object.keys(parameters)
    .filter((name) => OF_CNPG.test(name))
    .map((name) => problemAt([name], 'is set by CloudNativePG itself; remove it'))
  return within(['spec', 'postgresql', 'parameters'], [...texts(parameters), ...own])
}

/** Checks a ScaledObject or ScaledJob of KEDA. */
export const scaledObjectProblems = (object: Properties): Problem[] =>
  listedObjects(under(object, 'spec'), 'triggers').flatMap((trigger, at) =>
    within(['spec', 'triggers', at, 'metadata'], texts(under(trigger, 'metadata'))),
  )

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
