import { isParameter, nearParameter } from '../postgres-parameters.ts'
import { majorIn, majorVersionOf } from '../postgres-version.ts'
import { isTimeZone } from '../schedule.ts'
import type { Values } from '../schema.ts'

/** First major version of newer parameters. */
const SINCE: Readonly<Record<number, string>> = {
  16: 'createrole_self_grant debug_io_direct debug_parallel_query enable_presorted_aggregate gss_accept_delegation icu_validation_level max_parallel_apply_workers_per_subscription reserved_connections scram_iterations vacuum_buffer_usage_limit',
  17: 'allow_alter_system commit_timestamp_buffers enable_group_by_reordering event_triggers io_combine_limit max_notify_queue_pages multixact_member_buffers multixact_offset_buffers notify_buffers restrict_nonsystem_relation_kind serializable_buffers subtransaction_buffers summarize_wal sync_replication_slots synchronized_standby_slots trace_connection_negotiation transaction_buffers transaction_timeout wal_summary_keep_time',
  18: 'autovacuum_vacuum_max_threshold autovacuum_worker_slots enable_distinct_reordering enable_self_join_elimination extension_control_path file_copy_method idle_replication_slot_timeout io_max_combine_limit io_max_concurrency io_method io_workers log_lock_failures max_active_replication_origins md5_password_warnings oauth_validator_libraries ssl_groups ssl_tls13_ciphers track_cost_delay_timing vacuum_max_eager_freeze_failure_rate vacuum_truncate',
}

/** First major version without a parameter, and what replaces it. */
const WITHOUT: Readonly<Record<string, readonly [major: number, instead?: string]>> = {
  checkpoint_segments: [13, 'postgres.walStorage'],
  wal_keep_segments: [13, 'wal_keep_size'],
  operator_precedence_warning: [14],
  vacuum_cleanup_index_scale_factor: [14],
  stats_temp_directory: [15],
  force_parallel_mode: [16, 'debug_parallel_query'],
  promote_trigger_file: [16],
  vacuum_defer_cleanup_age: [16],
  db_user_namespace: [17],
  old_snapshot_threshold: [17],
  trace_recovery_messages: [17],
  ssl_ecdh_curve: [18, 'ssl_groups'],
}

/** Latest version whose parameters are known. */
const NEWEST = 18

/** Checks the parameters of Postgres against its version, its image and each other. */
export function ofParameters({ postgres, database: { cnpg } }: Values): string[] {
  const { parameters } = postgres
  const names = Object.keys(parameters)
  if (names.length === 0) return []
  const major = cnpg === undefined ? majorIn(postgres) : majorVersionOf(cnpg.image)
  const faults = [
    ...(major === undefined ? [] : names.flatMap((name) => ofVersion(name, major))),
    ...ofEachOther(lowered(parameters)),
    ...ofTexts(lowered(parameters)),
    ...(cnpg === undefined ? ofOneServer(lowered(parameters), postgres.image) : ofInstances(lowered(parameters))),
  ]
  return faults.map((fault) => `postgres.parameters.${fault}`)
}

type Parameters = Readonly<Record<string, string>>

const lowered = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name.toLowerCase(), value.trim()]))

function ofVersion(given: string, major: number): string[] {
  const name = given.toLowerCase()
  const [gone, instead] = WITHOUT[name] ?? []
  if (gone !== undefined && major >= gone) {
    const remedy = instead === undefined ? 'remove it' : `set ${instead} instead`
    return [
      `${given} is a parameter that Postgres has not had since version ${gone}, and the image has ${major}; ${remedy}`,
    ]
  }
  const since = Object.entries(SINCE).find(([, names]) => names.split(' ').includes(name))?.[0]
  if (since !== undefined && major < Number(since)) {
    return [`${given} is a parameter of Postgres ${since} and newer, but the image has ${major}; remove it`]
  }
  const isUnknown =
    !name.includes('.') && !isParameter(name) && gone === undefined && nearParameter(given) === undefined
  return isUnknown && major <= NEWEST ? [`${given} is not a parameter of Postgres ${major}; remove it`] : []
}

const isOff = (value: string) => /^(of|off|f|false|n|no|0)$/i.test(value)

/** Reports combinations with which Postgres does not start. */
function ofEachOther({
  wal_level: level,
  max_wal_senders: senders = '10',
  archive_mode: archive = 'off',
  summarize_wal: summarized = 'off',
  max_connections: connections,
  superuser_reserved_connections: reserved = '3',
  reserved_connections: others = '0',
  min_wal_size: least,
}: Parameters): string[] {
  const isMinimal = level?.toLowerCase() === 'minimal'
  const kept = Number(reserved) + Number(others)
  return [
    ...(isMinimal && Number(senders) > 0
      ? [`wal_level is minimal, but max_wal_senders is ${senders}; set that to 0 or wal_level to replica`]
      : []),
    ...(isMinimal && !isOff(archive)
      ? [`wal_level is minimal, but archive_mode is ${archive}; turn that off or set wal_level to replica`]
      : []),
    ...(isMinimal && !isOff(summarized)
      ? [`wal_level is minimal, but summarize_wal is ${summarized}; turn that off or set wal_level to replica`]
      : []),
    ...(connections !== undefined && kept >= Number(connections)
      ? [
          `max_connections is ${connections}, but superuser_reserved_connections and reserved_connections keep ${kept}; raise it or lower those`,
        ]
      : []),
    ...(least !== undefined && bytesOf(least) < 2 * SEGMENT
      ? [`min_wal_size is ${least}, which must be at least twice the size of a segment, 32MB; raise it`]
      : []),
  ]
}

const SEGMENT = 16 * 1024 ** 2
const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 }

/** @param size without a unit, in megabytes */
function bytesOf(size: string): number {
  const [, number = '', unit = 'MB'] = /^([\d.]+)\s*([A-Za-z]+)?$/.exec(size) ?? []
  return Number(number) * (BYTES[unit] ?? 1)
}

const DESTINATIONS = ['stderr', 'csvlog', 'jsonlog', 'syslog']

/** Reports texts that Postgres refuses. */
function ofTexts(parameters: Parameters): string[] {
  const { log_destination: destination } = parameters
  const strange = (destination ?? '')
    .split(',')
    .filter((each) => each.trim() !== '' && !DESTINATIONS.includes(each.trim()))
  return [
    ...strange.map((each) => `log_destination has ${each.trim()}, which must be one of ${DESTINATIONS.join(', ')}`),
    ...['timezone', 'log_timezone'].flatMap((name) => {
      const zone = parameters[name]
      return zone?.includes('/') && !isTimeZone(zone)
        ? [`${name} is ${zone}, which is no time zone; use one such as Europe/Berlin`]
        : []
    }),
  ]
}

/** Reports what CloudNativePG refuses, whose instances follow each other. */
const ofInstances = ({ wal_level: level }: Parameters): string[] =>
  level?.toLowerCase() === 'minimal'
    ? ['wal_level is minimal, but CloudNativePG needs replica or logical; remove it']
    : []

/** Locales of the images of Debian. */
const LOCALE = /^(|C|POSIX|C\.utf-?8|en_US\.utf-?8)$/i
const LOCALES = ['lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time']

/** Libraries that come with Postgres or pgvector, and can be loaded when it starts. */
const LIBRARIES =
  /^(\$libdir\/)?(auth_delay|auto_explain|basic_archive|basebackup_to_shell|passwordcheck|pg_overexplain|pg_prewarm|pg_stat_statements|plpgsql|test_decoding|vector)$/

/** Reports what a single server, or the image of pgvector, does not have. */
function ofOneServer(parameters: Parameters, image: string): string[] {
  const {
    synchronous_standby_names: standbys = '',
    huge_pages: pages,
    default_transaction_read_only: read,
  } = parameters
  const isKnown = /^(docker\.io\/)?pgvector\/pgvector(:|@|$)/.test(image)
  const libraries = ['shared_preload_libraries', 'session_preload_libraries'].flatMap((name) =>
    (parameters[name] ?? '')
      .split(',')
      .map((each) => each.trim().replaceAll(/["']/g, ''))
      .filter((each) => each !== '' && !LIBRARIES.test(each))
      .map((each) => `${name} has ${each}, which ${image} does not have; use an image with it, or remove it`),
  )
  return [
    ...(standbys === ''
      ? []
      : [
          `synchronous_standby_names is ${standbys}, but there is no standby, so no transaction would end; remove it, or use database.cnpg`,
        ]),
    ...(pages?.toLowerCase() === 'on' ? ['huge_pages is on, but containers have no huge pages; set it to try'] : []),
    ...(read !== undefined && !isOff(read)
      ? ['default_transaction_read_only is on, but the service writes; remove it']
      : []),
    ...(isKnown ? libraries : []),
    ...LOCALES.flatMap((name) => {
      const locale = parameters[name]
      return locale === undefined || !isKnown || LOCALE.test(locale)
        ? []
        : [`${name} is ${locale}, which ${image} does not have; use C, C.UTF-8 or en_US.utf8`]
    }),
  ]
}
