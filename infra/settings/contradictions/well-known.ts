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

/** Returns the well-known label with the same name as a key that Kubernetes does not use. Beta ones still exist. */
function labelNear(key: string): string | undefined {
  const [domain = '', name] = key.split('/')
  if (!/(^|\.)kubernetes\.io$/.test(domain) || domain.includes('beta') || LABELS.includes(key)) return undefined
  return LABELS.find((label) => label.endsWith(`/${name}`))
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

/** Annotations that controllers ignore, or reject with the whole route, if their value is invalid. */
const ANNOTATIONS: Readonly<Record<string, readonly [pattern: RegExp, what: string]>> = {
  [`${NGINX}/proxy-connect-timeout`]: SECONDS,
  [`${NGINX}/proxy-read-timeout`]: SECONDS,
  [`${NGINX}/proxy-send-timeout`]: SECONDS,
  [`${NGINX}/proxy-body-size`]: [/^\d+[kmg]?$/i, 'a size such as 8m'],
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
