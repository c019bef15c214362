import { BlockList, isIP } from 'node:net'
import type { Properties } from '../policy/policy.ts'
import { inWords, listed, listedObjects, under } from '../policy/properties.ts'
import { isQualifiedName, isSubdomain, labels } from '../settings/kubernetes-kinds.ts'
import { selector } from '../settings/pod-kinds.ts'
import {
  asSetting,
  type Check,
  checked,
  from,
  isGiven,
  isUnknown,
  matching,
  oneOf,
  type Problem,
  port,
  portName,
  portOrName,
  problemAt,
  protocol,
  when,
  within,
} from './checks.ts'
import { hostAddress } from './endpoints.ts'

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']

/** Address of a Service, or None for one without. */
const clusterIp = matching((value) => value === 'None' || value === '' || isIP(value) !== 0, 'an IP address or None')

const OF_SERVICE: Readonly<Record<string, Check>> = {
  type: oneOf(...TYPES),
  clusterIP: clusterIp,
  sessionAffinity: oneOf('ClientIP', 'None'),
  'sessionAffinityConfig.clientIP.timeoutSeconds': from(1, 86_400),
  externalName: matching((value) => isSubdomain(value.replace(/\.$/, '')), 'a host name such as db.example.com'),
  ipFamilyPolicy: oneOf('SingleStack', 'PreferDualStack', 'RequireDualStack'),
  loadBalancerClass: matching(isQualifiedName, 'a name such as example.com/internal'),
  trafficDistribution: oneOf('PreferClose', 'PreferSameZone', 'PreferSameNode'),
}

const appProtocol = matching(isQualifiedName, 'a name such as http or kubernetes.io/h2c')

/** Returns what an API server would reject in a Service, beyond the schema. */
export function serviceProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const ports = listedObjects(spec, 'ports')
  const names = ports.map(({ name }) => name)
  const { type = 'ClusterIP', clusterIP, externalName, ipFamilyPolicy = 'SingleStack' } = spec
  const needsPorts = type !== 'ExternalName' && clusterIP !== 'None'
  return within(
    ['spec'],
    [
      ...checked(spec, OF_SERVICE),
      ...asSetting(labels, spec.selector, ['selector']),
      ...ports.flatMap((each, at) => [
        ...within(
          ['ports', at],
          checked(each, { port, name: portName, targetPort: portOrName, protocol, appProtocol }),
        ),
        ...when(
          ports.length > 1 && (!isGiven(each.name) || names.indexOf(each.name) < at),
          ['ports', at, 'name'],
          'must be set and unique, because there are several ports',
        ),
      ]),
      ...samePorts(ports),
      ...when(needsPorts && ports.length === 0, ['ports'], 'must have at least one port'),
      ...when(type === 'ExternalName' && externalName === undefined, ['externalName'], 'is missing'),
      ...when(
        listed(spec, 'ipFamilies').length > 1 && ipFamilyPolicy === 'SingleStack',
        ['ipFamilyPolicy'],
        'must be PreferDualStack or RequireDualStack, because there are two ipFamilies',
      ),
      ...listed(spec, 'externalIPs').flatMap((each, at) =>
        within(['externalIPs'], checked({ [at]: each }, { [at]: hostAddress })),
      ),
      ...ofType(spec),
    ],
  )
}

const samePorts = (ports: readonly Properties[]): Problem[] =>
  ['port', 'nodePort'].flatMap((key) => {
    const ids = ports.map((each) =>
      isGiven(each[key]) ? `${inWords(each.protocol ?? 'TCP')} ${inWords(each[key])}` : undefined,
    )
    return ids.flatMap((id, at) =>
      when(
        id !== undefined && ids.indexOf(id) < at,
        ['ports', at, key],
        `is a duplicate of ${inWords(ports[at]?.[key])}; choose another port`,
      ),
    )
  })

/** Fields that only some types of Services support. */
const OF_TYPES: Readonly<Record<string, readonly string[]>> = {
  loadBalancerSourceRanges: ['LoadBalancer'],
  loadBalancerClass: ['LoadBalancer'],
  allocateLoadBalancerNodePorts: ['LoadBalancer'],
  externalTrafficPolicy: ['LoadBalancer', 'NodePort'],
  healthCheckNodePort: ['LoadBalancer'],
  externalName: ['ExternalName'],
}

function ofType(spec: Properties): Problem[] {
  const { type = 'ClusterIP' } = spec
  const isAny = Array.isArray(spec.externalIPs) && spec.externalIPs.length > 0
  const strange = Object.entries(OF_TYPES).filter(
    ([key, types]) =>
      spec[key] !== undefined && !types.includes(String(type)) && !(isAny && key === 'externalTrafficPolicy'),
  )
  const ports = listedObjects(spec, 'ports').flatMap(({ nodePort }, index) => {
    const path = ['ports', index, 'nodePort']
    if (typeof nodePort !== 'number' || nodePort === 0) return []
    if (!['NodePort', 'LoadBalancer'].includes(String(type))) {
      return [problemAt(path, `requires type NodePort or LoadBalancer, but type is ${String(type)}; remove it`)]
    }
    return within(path, checked({ nodePort }, { nodePort: port })).map(({ says }) => problemAt(path, says))
  })
  return [
    ...when(
      spec.clusterIP === 'None' && type !== 'ClusterIP',
      ['clusterIP'],
      `is None, which cannot be combined with type ${String(type)}; remove one of them`,
    ),
    ...when(
      type === 'ExternalName' && isGiven(spec.clusterIP) && !['', 'None'].includes(inWords(spec.clusterIP)),
      ['clusterIP'],
      'is not for type ExternalName; remove it',
    ),
    ...strange.map(([key, types]) =>
      problemAt([key], `requires type ${types.join(' or ')}, but type is ${String(type)}; remove it`),
    ),
    ...ports,
    ...listed(spec, 'loadBalancerSourceRanges').flatMap((range, index) =>
      when(!isRange(range), ['loadBalancerSourceRanges', index], mustBeRange(range)),
    ),
  ]
}

const mustBeRange = (range: unknown) => `must be a range such as 10.0.0.0/8, got ${JSON.stringify(range)}`

/** Whether a value is a CIDR range. Also true for a value that only `up` computes. */
function isRange(range: unknown): boolean {
  const [address = '', bits = '', ...rest] = String(range).trim().split('/')
  if (isUnknown(range)) return true
  return isIP(address) !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most(address)
}

const most = (address: string) => (isIP(address) === 4 ? 32 : 128)

/** Returns what an API server would reject in a NetworkPolicy, beyond the schema. */
export function networkPolicyProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const types = listed(spec, 'policyTypes')
  const rules = (['ingress', 'egress'] as const).flatMap((way) =>
    listedObjects(spec, way).flatMap((rule, index) => {
      const peers = way === 'ingress' ? 'from' : 'to'
      return within(
        [way, index],
        [
          ...listedObjects(rule, peers).flatMap((peer, number) => within([peers, number], ofPeer(peer))),
          ...listedObjects(rule, 'ports').flatMap((each, number) => within(['ports', number], ofRulePort(each))),
        ],
      )
    }),
  )
  return within(
    ['spec'],
    [
      ...asSetting(selector, spec.podSelector, ['podSelector']),
      ...when(new Set(types).size < types.length, ['policyTypes'], 'has duplicate entries'),
      ...rules,
    ],
  )
}

function ofPeer(peer: Properties): Problem[] {
  const keys = Object.keys(peer)
  if (keys.length === 0) return [problemAt([], 'must have a podSelector, a namespaceSelector or an ipBlock')]
  if (!('ipBlock' in peer)) {
    return ['podSelector', 'namespaceSelector'].flatMap((key) => asSetting(selector, peer[key], [key]))
  }
  if (keys.length > 1) return [problemAt([], 'cannot combine an ipBlock with a selector; use an entry for each')]
  const { cidr } = under(peer, 'ipBlock')
  if (!isRange(cidr)) return [problemAt(['ipBlock', 'cidr'], mustBeRange(cidr))]
  return listed(under(peer, 'ipBlock'), 'except').flatMap((each, index) => {
    const where = ['ipBlock', 'except', index]
    if (!isRange(each)) return [problemAt(where, mustBeRange(each))]
    return when(!isWithin(String(each), String(cidr)), where, `is ${String(each)}, which is not within ${String(cidr)}`)
  })
}

function isWithin(inner: string, outer: string): boolean {
  if (isUnknown(inner) || isUnknown(outer)) return true
  const [[address = '', bits = ''], [network = '', length = '']] = [inner.split('/'), outer.split('/')]
  if (isIP(address) !== isIP(network) || Number(bits) <= Number(length)) return false
  const kind = isIP(network) === 4 ? 'ipv4' : 'ipv6'
  const block = new BlockList()
  block.addSubnet(network, Number(length), kind)
  return block.check(address, kind)
}

function ofRulePort(rule: Properties): Problem[] {
  const { port: first, endPort } = rule
  const least = typeof first === 'number' ? `${first} or more` : 'used with a numeric port'
  const isAfter = endPort === undefined || (typeof first === 'number' && Number(endPort) >= first)
  return [
    ...checked(rule, { port: portOrName, protocol, endPort: from(1, 65535) }),
    ...when(!isAfter, ['endPort'], `must be ${least}, got ${JSON.stringify(endPort)}`),
  ]
}
