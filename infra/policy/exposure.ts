import { isDockerContainer } from './docker.ts'
import { kindOf, podOf } from './pods.ts'
import { type Policy, type Problem, type Subject, UNKNOWN } from './policy.ts'
import { inWords, listed, listedObjects, under } from './properties.ts'

export const loadBalancerSources: Policy = {
  name: 'load-balancer-sources',
  level: 'mandatory',
  description: 'A load balancer accepts only connections from named networks.',
  remedy: 'List your networks in spec.loadBalancerSourceRanges, or use a ClusterIP behind an Ingress or HTTPRoute',
  check(subject) {
    const spec = under(subject.inputs, 'spec')
    if (kindOf(subject) !== 'Service' || spec.type !== 'LoadBalancer') return []
    const at = 'spec.loadBalancerSourceRanges'
    if (spec.loadBalancerSourceRanges === UNKNOWN) return []
    const ranges = listed(spec, 'loadBalancerSourceRanges').map(inWords)
    if (ranges.length === 0) return [{ at, says: 'is missing' }]
    return ranges
      .filter((range) => /\/0+$/.test(range))
      .map((range) => ({ at, says: `has ${range}, which includes everyone` }))
  },
}

export const publicPort: Policy = {
  name: 'public-port',
  level: 'mandatory',
  description: 'No port is published on a machine’s own addresses.',
  remedy: 'Publish on 127.0.0.1. On Kubernetes use a ClusterIP, and an Ingress or HTTPRoute for access from outside',
  check: (subject) => [...portsOfService(subject), ...portsOfPod(subject), ...portsOnDocker(subject)],
}

function portsOfService(subject: Subject): Problem[] {
  if (kindOf(subject) !== 'Service') return []
  const spec = under(subject.inputs, 'spec')
  return [
    ...(spec.type === 'NodePort' ? [{ at: 'spec.type', says: 'is NodePort, which opens a port on every node' }] : []),
    ...(listed(spec, 'externalIPs').length > 0 ? [{ at: 'spec.externalIPs', says: 'uses addresses of machines' }] : []),
  ]
}

function portsOfPod(subject: Subject): Problem[] {
  return (podOf(subject)?.containers ?? []).flatMap(({ at, spec }) =>
    listedObjects(spec, 'ports')
      .filter(({ hostPort }) => hostPort !== undefined)
      .map(({ hostPort }) => ({ at: `${at}.ports`, says: `has the hostPort ${inWords(hostPort)}` })),
  )
}

const LOOPBACK = /^(127\.|::1$)/

function portsOnDocker(subject: Subject): Problem[] {
  if (!isDockerContainer(subject)) return []
  const all = subject.inputs.publishAllPorts === true ? [{ at: 'publishAllPorts', says: 'is true' }] : []
  const published = listedObjects(subject.inputs, 'ports')
    .filter(({ ip }) => ip !== UNKNOWN && !LOOPBACK.test(inWords(ip)))
    .map(({ internal, ip = '0.0.0.0' }) => ({ at: `ports[${inWords(internal)}].ip`, says: `is ${inWords(ip)}` }))
  return [...all, ...published]
}
