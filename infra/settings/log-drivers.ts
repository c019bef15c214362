/** Log drivers whose logs the engine can also show, and their options. */
const OPTIONS: Readonly<Record<string, string>> = {
  'json-file': 'max-size max-file compress labels labels-regex env env-regex tag',
  local: 'max-size max-file compress',
  journald: 'labels labels-regex env env-regex tag',
  syslog:
    'labels labels-regex env env-regex tag syslog-address syslog-facility syslog-format syslog-tls-ca-cert syslog-tls-cert syslog-tls-key syslog-tls-skip-verify',
  fluentd:
    'labels labels-regex env env-regex tag fluentd-address fluentd-async fluentd-async-reconnect-interval fluentd-buffer-limit fluentd-max-retries fluentd-request-ack fluentd-retry-wait fluentd-sub-second-precision fluentd-write-timeout',
  gelf: 'labels labels-regex env env-regex tag gelf-address gelf-compression-level gelf-compression-type gelf-tcp-max-reconnect gelf-tcp-reconnect-delay',
  awslogs:
    'labels labels-regex env env-regex tag awslogs-create-group awslogs-create-stream awslogs-credentials-endpoint awslogs-datetime-format awslogs-endpoint awslogs-force-flush-interval-seconds awslogs-format awslogs-group awslogs-max-buffered-events awslogs-multiline-pattern awslogs-region awslogs-stream',
  gcplogs: 'labels labels-regex env env-regex gcp-log-cmd gcp-meta-id gcp-meta-name gcp-meta-zone gcp-project',
}

export const LOG_DRIVERS = [
  'json-file',
  'local',
  'journald',
  'syslog',
  'fluentd',
  'gelf',
  'awslogs',
  'gcplogs',
] as const

/** Options that the engine needs to start a container. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  gelf: ['gelf-address'],
  awslogs: ['awslogs-group', 'awslogs-region'],
}

/** Drivers that write files on the engine, which are rotated. */
export const writesFiles = (driver: string) => driver === 'json-file' || driver === 'local'

/** Options of any driver, and of the copy that the engine keeps of logs that a driver sends elsewhere. */
const optionsOf = (driver: string) => [
  ...(OPTIONS[driver] ?? '').split(' '),
  'mode',
  'max-buffer-size',
  ...(writesFiles(driver) ? [] : ['cache-max-size', 'cache-max-file', 'cache-compress']),
]

const FLAG = [/^(true|false)$/, 'true or false'] as const
const SIZE = [/^[1-9]\d*[kmg]b?$/i, 'a size such as 10m'] as const
const COUNT = [/^[1-9]\d*$/, 'a whole number'] as const
const REGEX = [/^\S/, 'a regular expression'] as const

const VALUES: Readonly<Record<string, readonly [pattern: RegExp, what: string]>> = {
  mode: [/^(blocking|non-blocking)$/, 'blocking or non-blocking'],
  'max-buffer-size': SIZE,
  'max-size': SIZE,
  'max-file': COUNT,
  compress: FLAG,
  'cache-max-size': SIZE,
  'cache-max-file': COUNT,
  'cache-compress': FLAG,
  'labels-regex': REGEX,
  'env-regex': REGEX,
  'syslog-address': [
    /^((tcp|udp|tcp\+tls):\/\/[^/\s]+|unix(gram)?:\/\/\/\S+)$/,
    'an address such as udp://logs.example.com:514',
  ],
  'syslog-format': [/^(rfc3164|rfc5424|rfc5424micro)$/, 'rfc3164, rfc5424 or rfc5424micro'],
  'syslog-facility': [
    /^(kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7])$/,
    'a facility such as daemon or local0',
  ],
  'fluentd-address': [
    /^((tcp|tls):\/\/)?[^/\s:]+(:\d{1,5})?$|^unix:\/\/\/\S+$/,
    'an address such as logs.example.com:24224',
  ],
  'fluentd-async': FLAG,
  'fluentd-request-ack': FLAG,
  'fluentd-sub-second-precision': FLAG,
  'gelf-address': [/^(udp|tcp):\/\/[^/\s:]+:\d{1,5}$/, 'an address such as udp://logs.example.com:12201'],
  'gelf-compression-type': [/^(gzip|zlib|none)$/, 'gzip, zlib or none'],
  'gelf-compression-level': [/^(-1|\d)$/, 'a number from -1 to 9'],
  'awslogs-create-group': FLAG,
  'awslogs-create-stream': FLAG,
  'awslogs-region': [/^[a-z]{2,4}(-[a-z]+)+-\d$/, 'a region such as eu-west-1'],
}

interface LogSettings {
  readonly logDriver: string
  readonly logFiles: number
  readonly logOptions: Readonly<Record<string, string>>
}

/** Returns the options with which the engine would refuse to start a container. */
export function faultsOfLogs({ logDriver, logOptions, logFiles }: LogSettings): string[] {
  const known = optionsOf(logDriver)
  const missing = (REQUIRED[logDriver] ?? []).filter((option) => logOptions[option] === undefined)
  const { mode, 'max-buffer-size': buffer, compress = String(logDriver === 'local') } = logOptions
  return [
    ...(writesFiles(logDriver) && compress === 'true' && logFiles < 2
      ? [
          `containers.logFiles is ${logFiles}, but the log driver ${logDriver} compresses only older files; raise it to 2, or set containers.logOptions.compress to false`,
        ]
      : []),
    ...missing.map(
      (option) => `containers.logOptions.${option} is missing, which the log driver ${logDriver} requires; add it`,
    ),
    ...(buffer !== undefined && mode !== 'non-blocking'
      ? ['containers.logOptions.max-buffer-size requires mode: non-blocking; add that or remove it']
      : []),
    ...Object.entries(logOptions).flatMap(([option, value]) => {
      const [pattern, what] = VALUES[option] ?? []
      if (!known.includes(option)) {
        return [
          `containers.logOptions has ${option}, which the log driver ${logDriver} does not have; use some of ${known.join(', ')}`,
        ]
      }
      if (option === 'max-size' || option === 'max-file') {
        return [`containers.logOptions has ${option}; set containers.${OWN[option]} instead`]
      }
      return pattern === undefined || pattern.test(value)
        ? []
        : [`containers.logOptions has ${option}, which must be ${what}, got ${JSON.stringify(value)}`]
    }),
  ]
}

const OWN = { 'max-size': 'logSize', 'max-file': 'logFiles' } as const
