import { describe, expect, test } from 'vitest'
import { objectProblems } from '../../../infra/kubernetes-api/rules.ts'

type Group = Readonly<Record<string, unknown>>

const object = (apiVersion: string, kind: string, more: Group) => ({
  apiVersion,
  kind,
  metadata: { name: 'one' },
  ...more,
})
const spec = (apiVersion: string, kind: string, more: Group) => object(apiVersion, kind, { spec: more })

const GATEWAY = 'gateway.networking.k8s.io/v1'
const route = (rule: Group, more: Group = {}) =>
  spec(GATEWAY, 'HTTPRoute', {
    parentRefs: [{ name: 'web' }],
    rules: [{ backendRefs: [{ name: 'server', port: 8000 }], ...rule }],
    ...more,
  })
const listener = (more: Group) =>
  spec(GATEWAY, 'Gateway', { gatewayClassName: 'istio', listeners: [{ name: 'one', port: 443, ...more }] })
const certificate = (more: Group) =>
  spec('cert-manager.io/v1', 'Certificate', {
    secretName: 'tls',
    issuerRef: { name: 'ca' },
    dnsNames: ['code.example.com'],
    ...more,
  })
const external = (more: Group) =>
  spec('external-secrets.io/v1', 'ExternalSecret', {
    secretStoreRef: { name: 'vault', kind: 'ClusterSecretStore' },
    data: [{ secretKey: 'token', remoteRef: { key: 'team/token' } }],
    ...more,
  })
const scaled = (more: Group) =>
  spec('keda.sh/v1alpha1', 'ScaledObject', {
    scaleTargetRef: { name: 'server' },
    triggers: [{ type: 'cpu', metadata: { value: '60' } }],
    ...more,
  })
const rule = (more: Group) =>
  spec('monitoring.coreos.com/v1', 'PrometheusRule', {
    groups: [{ name: 'one', rules: [{ expr: 'up == 0', ...more }] }],
  })
const cluster = (more: Group) =>
  spec('postgresql.cnpg.io/v1', 'Cluster', { instances: 3, storage: { size: '10Gi' }, ...more })
const quota = (more: Group) => spec('v1', 'ResourceQuota', { hard: { pods: '10' }, ...more })
const limits = (...entries: readonly Group[]) => spec('v1', 'LimitRange', { limits: entries })
const slice = (addressType: string, address: string) =>
  object('discovery.k8s.io/v1', 'EndpointSlice', {
    addressType,
    endpoints: [{ addresses: [address] }],
    ports: [{ name: 'postgres', port: 5432 }],
  })
const volume = (more: Group) =>
  spec('v1', 'PersistentVolume', {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '10Gi' },
    csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-1' },
    ...more,
  })
const service = (more: Group) => spec('v1', 'Service', { ports: [{ port: 80 }], ...more })
const main = { name: 'main', image: 'registry.example.com/main:1' }
const pod = (more: Group) => spec('v1', 'Pod', { containers: [main], ...more })
const profiled = (name: string, profile: string) => ({
  ...pod({}),
  metadata: { name: 'one', annotations: { [`container.apparmor.security.beta.kubernetes.io/${name}`]: profile } },
})
const seccomp = (localhostProfile: string) =>
  pod({ securityContext: { seccompProfile: { type: 'Localhost', localhostProfile } } })
const set = (kind: string, more: Group) =>
  spec('apps/v1', kind, {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [main] } },
    ...more,
  })
const job = (more: Group) =>
  spec('batch/v1', 'Job', { template: { spec: { restartPolicy: 'Never', containers: [main] } }, ...more })
const scaler = (more: Group) =>
  spec('autoscaling/v2', 'HorizontalPodAutoscaler', {
    maxReplicas: 3,
    scaleTargetRef: { kind: 'Deployment', name: 'one' },
    ...more,
  })

const told = (one: Group) => objectProblems(one).map(({ path, says }) => `${path.join('.')} ${says}`)

describe('what an operator rejects is told with its path', () => {
  test.each<[string, Group, string]>([
    [
      'a time in words',
      route({ timeouts: { backendRequest: '1 minute' } }),
      'backendRequest must be a time such as 30s',
    ],
    [
      'a part longer than the whole',
      route({ timeouts: { request: '5s', backendRequest: '1m' } }),
      'backendRequest is 1m, which is longer than request, 5s',
    ],
    ['a Service without a port', route({ backendRefs: [{ name: 'server' }] }), 'backendRefs.0.port is missing'],
    ['a relative path', route({ matches: [{ path: { value: 'mcp' } }] }), 'value must begin with "/"'],
    ['a climbing path', route({ matches: [{ path: { value: '/a/../b' } }] }), 'value must be a path without'],
    ['a filter without its field', route({ filters: [{ type: 'RequestRedirect' }] }), 'requestRedirect is missing'],
    ['an address as a host', route({}, { hostnames: ['10.0.0.1'] }), 'hostnames.0 must be a host name'],
    ['a near field', route({}, { hostNames: ['a.example.com'] }), 'did you mean hostnames?'],
    ['a negative weight', route({ backendRefs: [{ name: 'a', port: 1, weight: -1 }] }), 'weight must be >= 0'],
    ['TLS without a certificate', listener({ protocol: 'TLS', tls: {} }), 'tls.certificateRefs is missing'],
    ['a certificate for HTTP', listener({ protocol: 'HTTP', tls: {} }), 'tls is not for protocol HTTP'],
    ['days of a certificate', certificate({ renewBefore: '15d' }), 'renewBefore must be a time in hours'],
    ['a certificate of nobody', certificate({ dnsNames: [] }), 'dnsNames is missing'],
    ['an algorithm', certificate({ privateKey: { algorithm: 'rsa' } }), 'algorithm must be one of RSA'],
    ['an issuer by name', certificate({ issuerRef: 'ca' }), 'issuerRef must be a group'],
    ['a near kind', object('cert-manager.io/v1', 'Certificat', {}), 'did you mean Certificate?'],
    ['a refresh in words', external({ refreshInterval: 'hourly' }), 'refreshInterval must be a time in hours'],
    ['a secret of nowhere', external({ data: [{ secretKey: 'a' }] }), 'data.0.remoteRef is missing'],
    ['a store of no kind', external({ secretStoreRef: { name: 'a', kind: 'Vault' } }), 'kind must be one of'],
    ['too few at most', scaled({ minReplicaCount: 4, maxReplicaCount: 2 }), 'which is more than maxReplicaCount, 2'],
    ['no trigger', scaled({ triggers: [] }), 'triggers must have a trigger'],
    ['an alert with a name of a series', rule({ alert: 'A', record: 'a:b' }), 'must have either alert or record'],
    ['a series that waits', rule({ record: 'a:b', for: '5m' }), 'for is only for an alert'],
    [
      'a port by number',
      spec('monitoring.coreos.com/v1', 'ServiceMonitor', { selector: {}, endpoints: [{ port: 80 }] }),
      'port must be text',
    ],
    ['no instance', cluster({ instances: 0, maxSyncReplicas: -1 }), 'instances must be 1 or more'],
    ['no disk', cluster({ storage: {} }), 'storage.size is missing'],
    ['more copies than instances', cluster({ maxSyncReplicas: 3 }), 'but 3 instances have 2 replicas'],
  ])('%s', (_, one, message) => {
    expect(told(one)).toContainEqual(expect.stringContaining(message))
  })

  test.each<[string, Group]>([
    ['a route', route({ matches: [{ path: { type: 'PathPrefix', value: '/mcp' } }], timeouts: { request: '0s' } })],
    [
      'a route to a backend of its own kind',
      route({ backendRefs: [{ group: 'example.com', kind: 'Pool', name: 'a' }] }),
    ],
    ['a listener', listener({ protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } })],
    ['a listener that passes through', listener({ protocol: 'TLS', tls: { mode: 'Passthrough' } })],
    ['a certificate', certificate({ duration: '2160h', renewBefore: '360h0m0s' })],
    [
      'a secret',
      external({ refreshInterval: '1h', target: { name: 'token', template: { data: { a: '{{ .token }}' } } } }),
    ],
    ['a scaler', scaled({ minReplicaCount: 0, maxReplicaCount: 5 })],
    ['an alert', rule({ alert: 'Down', for: '5m', labels: { severity: 'page' } })],
    ['a cluster', cluster({ minSyncReplicas: 1, maxSyncReplicas: 2 })],
    ['a field that a newer version has', certificate({ aFieldOfTomorrow: true })],
    ['a kind that a newer version has', object(GATEWAY, 'WebSocketPolicyOfTomorrow', {})],
  ])('and %s is accepted', (_, one) => {
    expect(told(one)).toEqual([])
  })
})

describe('what an API server rejects is told with its path', () => {
  test.each<[string, Group, string]>([
    ['a scope', quota({ scopes: ['Besteffort'] }), 'scopes.0 must be one of'],
    ['two scopes', quota({ scopes: ['Terminating', 'NotTerminating'] }), 'which no pod is'],
    ['memory of pods without any', quota({ hard: { memory: '1Gi' }, scopes: ['BestEffort'] }), 'hard has memory'],
    ['half an object', quota({ hard: { 'count/jobs.batch': '0.5' } }), 'must be a whole number'],
    [
      'a default of pods',
      limits({ type: 'Pod', defaultRequest: { cpu: '1' } }),
      'defaultRequest is only for type Container',
    ],
    ['limits of nothing', limits({ type: 'Pods', max: { cpu: '1' } }), 'type must be Container, Pod or'],
    ['claims of any size', limits({ type: 'PersistentVolumeClaim' }), 'requires min.storage or max.storage'],
    ['a ratio', limits({ type: 'Container', maxLimitRequestRatio: { memory: 0.5 } }), 'memory must be 1 or more'],
    ['one type twice', limits({ type: 'Pod' }, { type: 'Pod' }), 'limits.1.type is a duplicate'],
    ['a name in place of an address', slice('IPv4', 'db.example.com'), 'addresses.0 must be an IPv4 address'],
    ['an address of the other family', slice('IPv6', '10.0.0.1'), 'addresses.0 must be an IPv6 address'],
    [
      'the address of a node itself',
      object('v1', 'Endpoints', { subsets: [{ addresses: [{ ip: '127.0.0.1' }] }] }),
      'ip must be an IP address of a host',
    ],
    ['a controller', spec('networking.k8s.io/v1', 'IngressClass', { controller: 'nginx' }), 'controller must be'],
    ['a volume without its size', volume({ capacity: {} }), 'capacity.storage is missing'],
    ['a volume from two places', volume({ hostPath: { path: '/a' } }), 'but has csi and hostPath'],
    ['a disk of an unknown node', volume({ csi: undefined, local: { path: '/disk' } }), 'nodeAffinity is missing'],
    ['a headless load balancer', service({ type: 'LoadBalancer', clusterIP: 'None' }), 'clusterIP is None'],
    [
      'a name with an address',
      service({ type: 'ExternalName', externalName: 'a.b', clusterIP: '10.0.0.1' }),
      'clusterIP is not for',
    ],
    ['a protocol', service({ ports: [{ port: 80, appProtocol: 'a/b/c' }] }), 'appProtocol must be'],
    ['a balancer', service({ type: 'LoadBalancer', loadBalancerClass: 'my class' }), 'loadBalancerClass must be'],
    ['a distribution', service({ trafficDistribution: 'Close' }), 'trafficDistribution must be'],
    [
      'a class twice',
      {
        ...spec('networking.k8s.io/v1', 'Ingress', {
          ingressClassName: 'a',
          defaultBackend: { service: { name: 'a', port: { number: 1 } } },
        }),
        metadata: { name: 'one', annotations: { 'kubernetes.io/ingress.class': 'b' } },
      },
      'is a, but the annotation kubernetes.io/ingress.class is b',
    ],
    [
      'a role of a namespace for all',
      object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' },
      }),
      'roleRef.kind must be ClusterRole',
    ],
    ['an absolute profile', seccomp('/profiles/a.json'), 'localhostProfile must be a path inside'],
    [
      'a profile of no container',
      profiled('other', 'runtime/default'),
      'is for the container other, but the pod has main',
    ],
    ['a profile of no form', profiled('main', 'mine'), 'must be runtime/default, unconfined or localhost/PROFILE'],
    [
      'a port beside that of the node',
      pod({ hostNetwork: true, containers: [{ ...main, ports: [{ containerPort: 1, hostPort: 2 }] }] }),
      'hostPort must be containerPort, 1',
    ],
    ['users of its own on the node', pod({ hostUsers: false, hostIPC: true }), 'cannot be combined with hostIPC'],
    ['a number of importance', pod({ priority: 5 }), 'set priorityClassName instead'],
    [
      'a pod above its own limit',
      pod({ resources: { requests: { cpu: 2 }, limits: { cpu: 1 } } }),
      'requests.cpu is 2',
    ],
    [
      'one resource resized twice',
      pod({
        containers: [
          {
            ...main,
            resizePolicy: ['NotRequired', 'RestartContainer'].map((restartPolicy) => ({
              resourceName: 'cpu',
              restartPolicy,
            })),
          },
        ],
      }),
      'resizePolicy.1.resourceName is a duplicate',
    ],
    ['the name of a Service', set('StatefulSet', { serviceName: 'a.b' }), 'serviceName must be'],
    [
      'what is kept',
      set('StatefulSet', { serviceName: 'a', persistentVolumeClaimRetentionPolicy: { whenScaled: 'keep' } }),
      'whenScaled must be Retain or Delete',
    ],
    [
      'more and fewer pods on a node',
      set('DaemonSet', { updateStrategy: { rollingUpdate: { maxSurge: 1 } } }),
      'requires one of them to be 0',
    ],
    [
      'success of no index',
      job({ successPolicy: { rules: [{ succeededCount: 1 }] } }),
      'successPolicy requires completionMode',
    ],
    [
      'failure with 0',
      job({ podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [0] } }] } }),
      'has 0, which is no failure',
    ],
    ['no step at all', scaler({ behavior: { scaleUp: { policies: [] } } }), 'policies must not be empty'],
  ])('%s', (_, one, message) => {
    expect(told(one)).toContainEqual(expect.stringContaining(message))
  })

  test('and about one field once', () => {
    expect(told(pod({ restartPolicy: 'always' }))).toHaveLength(1)
  })

  test.each<[string, Group]>([
    ['a quota of the important', quota({ scopes: ['PriorityClass'] })],
    [
      'limits of each kind',
      limits(
        { type: 'Container', default: { cpu: '1' }, max: { cpu: '2' } },
        { type: 'PersistentVolumeClaim', max: { storage: '1Ti' } },
      ),
    ],
    ['an address of a database', slice('IPv4', '10.1.2.3')],
    ['a name of a database', slice('FQDN', 'db.example.com')],
    ['a volume', volume({ storageClassName: '', persistentVolumeReclaimPolicy: 'Retain' })],
    ['a profile in a folder', seccomp('profiles/a.json')],
    ['a profile of a container', profiled('main', 'localhost/mine')],
    ['a pod with users of its own', pod({ hostUsers: false })],
    [
      'pods beside the old ones',
      set('DaemonSet', { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
    ],
  ])('and %s is accepted', (_, one) => {
    expect(told(one)).toEqual([])
  })
})
