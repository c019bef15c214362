import { nearest } from '../nearest.ts'
import { PARTS } from '../parts.ts'
import type { Values } from '../schema.ts'

const GROUPS = ['kubernetes', ...PARTS] as const

/** Reports labels of nodes, and annotations of the route, whose values mean nothing to those who read them. */
export const ofWellKnown = (values: Values): string[] => [
  ...GROUPS.flatMap((group) => [...ofNodes(group, values), ...ofTopology(group, values)]),
  ...ofAnnotations(values.edge),
]

const OS = 'kubernetes.io/os'
const ARCHITECTURE = 'kubernetes.io/arch'
const ARCHITECTURES = ['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x', 'riscv64']

/** Parts that run the image of the service. */
const OF_SERVICE: readonly string[] = ['kubernetes', 'server', 'worker', 'backup', 'jobs']

function ofNodes(group: (typeof GROUPS)[number], { [group]: { nodeSelector = {} }, image }: Values): string[] {
  const { [OS]: os = 'linux', [ARCHITECTURE]: architecture } = nodeSelector
  const faults: string[] = []
  if (os !== 'linux') {
    faults.push(`${group}.nodeSelector has ${OS} ${os}, but all images are for linux; set it to linux or remove it`)
  }
  if (architecture === undefined) return faults
  if (!ARCHITECTURES.includes(architecture)) {
    faults.push(`${group}.nodeSelector has ${ARCHITECTURE} ${architecture}, which no node has; use amd64 or arm64`)
  } else if (
    image.registry !== undefined &&
    OF_SERVICE.includes(group) &&
    !image.platforms.some((platform) => platform === `linux/${architecture}`)
  ) {
    faults.push(
      `${group}.nodeSelector has ${ARCHITECTURE} ${architecture}, but image.platforms is ${image.platforms.join(', ')}; add linux/${architecture}`,
    )
  }
  return faults
}

/** Labels that every node has, by which people place and spread pods. */
const LABELS = [
  'kubernetes.io/hostname',
  OS,
  ARCHITECTURE,
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
]

/** Returns the well-known label that a key that Kubernetes does not use is probably for. Beta ones still exist. */
function labelNear(key: string): string | undefined {
  const [domain = '', name] = key.split('/')
  if (!/(^|\.)kubernetes\.io$/.test(domain) || domain.includes('beta') || LABELS.includes(key)) return undefined
  return LABELS.find((label) => label.endsWith(`/${name}`) || label.startsWith(key)) ?? nearest(key, LABELS, 2)
}

function ofTopology(group: (typeof GROUPS)[number], { [group]: given }: Values): string[] {
  const { nodeSelector = {}, affinity = {}, topologySpreadConstraints = [] } = given
  const asked = {
    nodeSelector: Object.keys(nodeSelector),
    affinity: valuesAt(affinity, ['topologyKey', 'key']),
    topologySpreadConstraints: topologySpreadConstraints.map(({ topologyKey }) => topologyKey),
  }
  return Object.entries(asked).flatMap(([setting, keys]) =>
    [...new Set(keys)].flatMap((key) => {
      const near = labelNear(key)
      return near === undefined ? [] : [`${group}.${setting} has ${key}, which no node has; did you mean ${near}?`]
    }),
  )
}

/** Returns the texts under some keys, at any depth. */
function valuesAt(value: unknown, keys: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    keys.includes(key) && typeof inner === 'string' ? [inner] : valuesAt(inner, keys),
  )
}

const NGINX = 'nginx.ingress.kubernetes.io'
const ALB = 'alb.ingress.kubernetes.io'
const FLAG = [/^(true|false)$/, '"true" or "false"'] as const
const SECONDS = [/^\d+$/, 'a number of seconds, without a unit'] as const
const COUNT = [/^\d+$/, 'a whole number'] as const
const SIZE = [/^\d+[kmg]?$/i, 'a size such as 8m'] as const
const RANGE = String.raw`[\da-fA-F.:]+(\/\d{1,3})?`
const RANGES = [
  new RegExp(`^${RANGE}( *, *${RANGE})*$`),
  'addresses and ranges separated by commas, such as 10.0.0.0/8',
] as const
const DURATION = [/^(\d+(\.\d+)?(h|m|s))+$/, 'a time in hours, minutes and seconds such as 2160h'] as const

/** Annotations that controllers ignore, or reject with the whole route, if their value is invalid. */
const ANNOTATIONS: Readonly<Record<string, readonly [pattern: RegExp, what: string]>> = {
  [`${NGINX}/proxy-connect-timeout`]: SECONDS,
  [`${NGINX}/proxy-read-timeout`]: SECONDS,
  [`${NGINX}/proxy-send-timeout`]: SECONDS,
  [`${NGINX}/proxy-body-size`]: SIZE,
  [`${NGINX}/proxy-buffer-size`]: SIZE,
  [`${NGINX}/client-body-buffer-size`]: SIZE,
  [`${NGINX}/proxy-http-version`]: [/^1\.[01]$/, '1.0 or 1.1'],
  [`${NGINX}/limit-rps`]: COUNT,
  [`${NGINX}/limit-rpm`]: COUNT,
  [`${NGINX}/limit-connections`]: COUNT,
  [`${NGINX}/whitelist-source-range`]: RANGES,
  [`${NGINX}/denylist-source-range`]: RANGES,
  [`${NGINX}/enable-cors`]: FLAG,
  [`${NGINX}/auth-type`]: [/^(basic|digest)$/, 'basic or digest'],
  [`${NGINX}/affinity`]: [/^cookie$/, 'cookie'],
  [`${NGINX}/proxy-buffering`]: [/^(on|off)$/, '"on" or "off"'],
  [`${NGINX}/ssl-redirect`]: FLAG,
  [`${NGINX}/force-ssl-redirect`]: FLAG,
  [`${NGINX}/use-regex`]: FLAG,
  [`${NGINX}/backend-protocol`]: [/^(auto_)?http$/i, 'HTTP, which the server speaks'],
  [`${ALB}/scheme`]: [/^(internal|internet-facing)$/, 'internal or internet-facing'],
  [`${ALB}/target-type`]: [/^ip$/, 'ip, because the Service has no ports on nodes'],
  [`${ALB}/listen-ports`]: [/^\[(\{"HTTPS?": *\d+\},? *)+\]$/, 'JSON such as [{"HTTPS":443}]'],
  [`${ALB}/ssl-redirect`]: [/^\d+$/, 'the number of a port, such as 443'],
  [`${ALB}/group.order`]: [/^-?\d{1,4}$/, 'a number from -1000 to 1000'],
  [`${ALB}/certificate-arn`]: [
    /^arn:aws[a-z-]*:(acm|iam):\S+$/,
    'the ARN of a certificate such as arn:aws:acm:eu-west-1:111122223333:certificate/ID',
  ],
  [`${ALB}/inbound-cidrs`]: RANGES,
  [`${ALB}/healthcheck-interval-seconds`]: SECONDS,
  [`${ALB}/healthcheck-path`]: [/^\//, 'a path such as /readyz'],
  'cert-manager.io/duration': DURATION,
  'cert-manager.io/renew-before': DURATION,
  'acme.cert-manager.io/http01-edit-in-place': FLAG,
  'traefik.ingress.kubernetes.io/router.tls': FLAG,
  'external-dns.alpha.kubernetes.io/ttl': [/^(\d+|(\d+[hms])+)$/, 'a number of seconds, or a time such as 5m'],
}

const ofAnnotations = ({ annotations }: Values['edge']): string[] =>
  Object.entries(annotations).flatMap(([key, value]) => {
    const [pattern, what] = ANNOTATIONS[key] ?? []
    return pattern === undefined || pattern.test(value)
      ? []
      : [`edge.annotations has ${key} ${value}, which must be ${what}`]
  })
