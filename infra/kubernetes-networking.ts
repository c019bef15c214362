import { BlockList, isIP } from 'node:net'
import type { Problem } from './kubernetes-schemas.ts'
import type { Properties } from './policy/policy.ts'
import { listed, listedObjects, under } from './policy/properties.ts'

const at = (path: readonly (string | number)[], says: string): Problem => ({ path: path.map(String), says })

const isPort = (value: unknown) => typeof value !== 'number' || (value >= 1 && value <= 65535)

const TYPES = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']

/** Returns what an API server would reject in a Service, beyond the schema. */
export function serviceProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const ports = listedObjects(spec, 'ports')
  const names = ports.map(({ name }) => name)
  const problems = ports.flatMap(({ port, name }, at): Problem[] => [
    ...(isPort(port)
      ? []
      : [{ path: ['spec', 'ports', String(at), 'port'], says: `must be from 1 to 65535, got ${String(port)}` }]),
    ...(ports.length > 1 && (name === undefined || names.indexOf(name) < at)
      ? [
          {
            path: ['spec', 'ports', String(at), 'name'],
            says: 'must be set and unique, because there are several ports',
          },
        ]
      : []),
  ])
  const needsPorts = spec.type !== 'ExternalName' && spec.clusterIP !== 'None'
  const noPorts =
    needsPorts && ports.length === 0 ? [{ path: ['spec', 'ports'], says: 'must have at least one port' }] : []
  const isType = typeof spec.type !== 'string' || TYPES.includes(spec.type)
  const type = isType
    ? []
    : [{ path: ['spec', 'type'], says: `must be one of ${TYPES.join(', ')}, got ${JSON.stringify(spec.type)}` }]
  return [...problems, ...noPorts, ...type, ...ofType(spec)]
}

/** Fields that only some types of Services support. */
const OF_TYPES: Readonly<Record<string, readonly string[]>> = {
  loadBalancerSourceRanges: ['LoadBalancer'],
  loadBalancerClass: ['LoadBalancer'],
  allocateLoadBalancerNodePorts: ['LoadBalancer'],
  externalTrafficPolicy: ['LoadBalancer', 'NodePort'],
  externalName: ['ExternalName'],
}

function ofType(spec: Properties): Problem[] {
  const { type = 'ClusterIP', externalName } = spec
  const isAny = Array.isArray(spec.externalIPs) && spec.externalIPs.length > 0
  const strange = Object.entries(OF_TYPES).filter(
    ([key, types]) =>
      spec[key] !== undefined && !types.includes(String(type)) && !(isAny && key === 'externalTrafficPolicy'),
  )
  const ports = listedObjects(spec, 'ports').flatMap(({ nodePort }, index) => {
    const path = ['spec', 'ports', index, 'nodePort']
    if (typeof nodePort !== 'number' || nodePort === 0) return []
    if (!['NodePort', 'LoadBalancer'].includes(String(type))) {
      return [at(path, `requires type NodePort or LoadBalancer, but type is ${String(type)}; remove it`)]
    }
    return nodePort >= 1 && nodePort <= 65535 ? [] : [at(path, `must be from 1 to 65535, got ${nodePort}`)]
  })
  return [
    ...strange.map(([key, types]) =>
      at(['spec', key], `requires type ${types.join(' or ')}, but type is ${String(type)}; remove it`),
    ),
    ...ports,
    ...listed(spec, 'loadBalancerSourceRanges').flatMap((range, index) =>
      isRange(range) ? [] : [at(['spec', 'loadBalancerSourceRanges', index], mustBeRange(range))],
    ),
    ...(type === 'ExternalName' && externalName === undefined ? [at(['spec', 'externalName'], 'is missing')] : []),
  ]
}

const mustBeRange = (range: unknown) => `must be a range such as 10.0.0.0/8, got ${JSON.stringify(range)}`

/** Whether a value is a CIDR range. Also true for a value that only `up` computes. */
function isRange(range: unknown): boolean {
  const [address = '', bits = '', ...rest] = String(range).trim().split('/')
  if (String(range).startsWith('[')) return true
  return isIP(address) !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most(address)
}

const most = (address: string) => (isIP(address) === 4 ? 32 : 128)

/** Returns what an API server would reject in an Ingress, beyond the schema. */
export function ingressProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const rules = listedObjects(spec, 'rules')
  const none =
    rules.length === 0 && spec.defaultBackend === undefined && spec.rules === undefined
      ? [at(['spec', 'rules'], 'is required unless defaultBackend is set')]
      : []
  const paths = rules.flatMap((rule, index) =>
    listedObjects(under(rule, 'http'), 'paths').flatMap((each, number) => {
      const where = ['spec', 'rules', index, 'http', 'paths', number]
      const { path, pathType } = each
      const isRelative = pathType !== 'ImplementationSpecific' && typeof path === 'string' && !path.startsWith('/')
      return [
        ...ofBackend([...where, 'backend'], under(each, 'backend')),
        ...(isRelative ? [at([...where, 'path'], `must begin with "/", got ${JSON.stringify(path)}`)] : []),
      ]
    }),
  )
  return [...none, ...paths]
}

function ofBackend(path: readonly (string | number)[], backend: Properties): Problem[] {
  const [first, ...others] = ['service', 'resource'].filter((key) => key in backend)
  if (first === undefined || others.length > 0) return [at(path, 'must have either service or resource')]
  const port = under(backend, 'service', 'port')
  return first === 'resource' || ['name', 'number'].filter((key) => key in port).length === 1
    ? []
    : [at([...path, 'service', 'port'], 'must have either name or number')]
}

/** Returns what an API server would reject in a NetworkPolicy, beyond the schema. */
export function networkPolicyProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  return (['ingress', 'egress'] as const).flatMap((way) =>
    listedObjects(spec, way).flatMap((rule, index) => [
      ...listedObjects(rule, way === 'ingress' ? 'from' : 'to').flatMap((peer, number) =>
        ofPeer(['spec', way, index, way === 'ingress' ? 'from' : 'to', number], peer),
      ),
      ...listedObjects(rule, 'ports').flatMap((port, number) =>
        ofRulePort(['spec', way, index, 'ports', number], port),
      ),
    ]),
  )
}

function ofPeer(path: readonly (string | number)[], peer: Properties): Problem[] {
  const keys = Object.keys(peer)
  if (keys.length === 0) return [at(path, 'must have a podSelector, a namespaceSelector or an ipBlock')]
  if (!('ipBlock' in peer)) return []
  if (keys.length > 1) return [at(path, 'cannot combine an ipBlock with a selector; use an entry for each')]
  const { cidr } = under(peer, 'ipBlock')
  if (!isRange(cidr)) return [at([...path, 'ipBlock', 'cidr'], mustBeRange(cidr))]
  return listed(under(peer, 'ipBlock'), 'except').flatMap((each, index) => {
    const where = [...path, 'ipBlock', 'except', index]
    if (!isRange(each)) return [at(where, mustBeRange(each))]
    return isWithin(String(each), String(cidr))
      ? []
      : [at(where, `is ${String(each)}, which is not within ${String(cidr)}`)]
  })
}

function isWithin(inner: string, outer: string): boolean {
  if (inner.startsWith('[') || outer.startsWith('[')) return true
  const [[address = '', bits = ''], [network = '', length = '']] = [inner.split('/'), outer.split('/')]
  if (isIP(address) !== isIP(network) || Number(bits) <= Number(length)) return false
  const kind = isIP(network) === 4 ? 'ipv4' : 'ipv6'
  const block = new BlockList()
  block.addSubnet(network, Number(length), kind)
  return block.check(address, kind)
}

function ofRulePort(path: readonly (string | number)[], { port, endPort, protocol = 'TCP' }: Properties): Problem[] {
  const least = typeof port === 'number' ? `${port} or more` : 'used with a numeric port'
  return [
    ...(isPort(port) ? [] : [at([...path, 'port'], `must be from 1 to 65535, got ${String(port)}`)]),
    ...(['TCP', 'UDP', 'SCTP'].includes(String(protocol))
      ? []
      : [at([...path, 'protocol'], `must be TCP, UDP or SCTP, got ${JSON.stringify(protocol)}`)]),
    ...(endPort === undefined || (typeof port === 'number' && Number(endPort) >= port)
      ? []
      : [at([...path, 'endPort'], `must be ${least}, got ${JSON.stringify(endPort)}`)]),
  ]
}
