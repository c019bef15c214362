import { describe, expect, test } from 'vitest'
import { ruleProblems } from '../../../infra/kubernetes-api/rules.ts'
import { schemaProblems } from '../../../infra/kubernetes-api/schemas.ts'

type Group = Readonly<Record<string, unknown>>

const object = (kind: string, more: Group, apiVersion = 'v1') => ({
  apiVersion,
  kind,
  metadata: { name: 'one' },
  ...more,
})
const spec = (kind: string, apiVersion: string, more: Group) => object(kind, { spec: more }, apiVersion)

const main = { name: 'main', image: 'registry.example.com/main:1' }
const pod = (more: Group) => spec('Pod', 'v1', { containers: [main], ...more })
const container = (more: Group) => pod({ containers: [{ ...main, ...more }] })
const init = (more: Group) => pod({ initContainers: [{ ...main, name: 'first', ...more }] })
const volume = (source: Group) => pod({ volumes: [{ name: 'more', ...source }] })
const projected = (...sources: readonly Group[]) => volume({ projected: { sources } })
const mounted = (more: Group) =>
  pod({
    volumes: [{ name: 'more', configMap: { name: 'one' } }],
    containers: [{ ...main, volumeMounts: [{ name: 'more', mountPath: '/more', ...more }] }],
  })
const value = (valueFrom: Group) => container({ env: [{ name: 'A', valueFrom }] })
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [main] } }
const workload = (kind: string, more: Group) =>
  spec(kind, 'apps/v1', { selector: { matchLabels: { a: 'b' } }, template, ...more })
const ends = { spec: { restartPolicy: 'Never', containers: [main] } }
const job = (more: Group) => spec('Job', 'batch/v1', { template: ends, ...more })
const service = (more: Group) => spec('Service', 'v1', { ports: [{ port: 80 }], ...more })
const backend = { service: { name: 'one', port: { number: 80 } } }
const path = { path: '/', pathType: 'Prefix', backend }
const ingress = (more: Group) =>
  spec('Ingress', 'networking.k8s.io/v1', { rules: [{ http: { paths: [path] } }], ...more })
const policy = (more: Group) => spec('NetworkPolicy', 'networking.k8s.io/v1', { podSelector: {}, ...more })
const scaler = (more: Group) =>
  spec('HorizontalPodAutoscaler', 'autoscaling/v2', {
    maxReplicas: 3,
    scaleTargetRef: { kind: 'Deployment', name: 'one' },
    ...more,
  })
const metric = (target: Group) => scaler({ metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] })
const claim = (more: Group, size = '1Gi') =>
  spec('PersistentVolumeClaim', 'v1', {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: size } },
    ...more,
  })
const rbac = (kind: string, more: Group) => object(kind, more, 'rbac.authorization.k8s.io/v1')

const told = (one: Group) =>
  [...schemaProblems(`${String(one.apiVersion)}/${String(one.kind)}`, one), ...ruleProblems(one)].map(
    ({ path: at, says }) => `${at.join('.')} ${says}`,
  )

describe('what an API server or a kubelet rejects is told with its path', () => {
  test.each<[string, Group, string]>([
    [
      'a class whose volumes are recycled',
      object('StorageClass', { provisioner: 'a', reclaimPolicy: 'Recycle' }, 'storage.k8s.io/v1'),
      'reclaimPolicy must be Delete or Retain',
    ],
    [
      'a policy for nothing',
      spec('ValidatingAdmissionPolicy', 'admissionregistration.k8s.io/v1', { validations: [{ expression: '' }] }),
      'spec.matchConstraints is missing',
    ],
    ['no container', pod({ containers: [] }), 'spec.containers must have at least one container'],
    ['one name twice', pod({ containers: [main, main] }), 'spec.containers.1.name is a duplicate of main'],
    ['an image with a scheme', container({ image: 'https://x/y:1' }), 'spec.containers.0.image must be an image'],
    ['a relative folder', container({ workingDir: 'app' }), 'workingDir must be an absolute path'],
    ['a name server that is missing', pod({ dnsPolicy: 'None' }), 'spec.dnsConfig.nameservers is missing'],
    ['a host name', pod({ hostname: 'a_b' }), 'spec.hostname must be a host name'],
    ['an account', pod({ serviceAccountName: 'A_b' }), 'spec.serviceAccountName must be an object name'],
    ['a group', pod({ securityContext: { fsGroup: -1 } }), 'spec.securityContext.fsGroup must be 0 or more'],
    ['a sysctl', pod({ securityContext: { sysctls: [{ name: 'a b', value: '1' }] } }), 'sysctls.0.name must be'],
    ['another system', pod({ os: { name: 'windows' } }), 'spec.os.name must be linux'],
    ['a node selector', pod({ nodeSelector: { a: 'b c' } }), 'spec.nodeSelector.a must be up to 63 letters'],
    ['a toleration', pod({ tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] }), 'remove one of them'],
    [
      'an affinity',
      pod({
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
      }),
      'must have a term',
    ],
    ['a gate', pod({ readinessGates: [{ conditionType: 'a b' }] }), 'conditionType must be a name'],
    ['a deadline of 0', pod({ activeDeadlineSeconds: 0 }), 'activeDeadlineSeconds must be 1 or more'],
    [
      'a hook of an init container',
      init({ lifecycle: { preStop: { exec: { command: ['a'] } } } }),
      'lifecycle requires restartPolicy: Always',
    ],
    [
      'a long sleep',
      container({ lifecycle: { preStop: { sleep: { seconds: 90 } } } }),
      'is longer than terminationGracePeriodSeconds, 30',
    ],
    [
      'an empty command',
      container({ startupProbe: { exec: { command: [] } } }),
      'startupProbe.exec.command must not be empty',
    ],
    [
      'a header',
      container({ startupProbe: { httpGet: { port: 1, httpHeaders: [{ name: 'a b', value: 'c' }] } } }),
      'must be the name of an HTTP header',
    ],
    [
      'a delay',
      container({ startupProbe: { tcpSocket: { port: 1 }, initialDelaySeconds: -5 } }),
      'initialDelaySeconds must be 0 or more',
    ],
    [
      'the end of a readiness probe',
      container({ readinessProbe: { tcpSocket: { port: 1 }, terminationGracePeriodSeconds: 5 } }),
      'is not for a readinessProbe',
    ],
    [
      'two sources of a variable',
      value({ fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 'a', key: 'b' } }),
      'env.0.valueFrom must have exactly one',
    ],
    ['a field', value({ fieldRef: { fieldPath: 'status.phase' } }), 'fieldPath must be one of metadata.name'],
    ['a key without a Secret', value({ secretKeyRef: { key: 'b' } }), 'secretKeyRef.name is missing'],
    ['a divisor', value({ resourceFieldRef: { resource: 'limits.cpu', divisor: '2Gi' } }), 'divisor must be 1 or 1m'],
    ['all of no Secret', container({ envFrom: [{ secretRef: {} }] }), 'envFrom.0.secretRef.name is missing'],
    ['half a GPU', container({ resources: { limits: { 'nvidia.com/gpu': '0.5' } } }), 'must be a whole number'],
    [
      'huge pages alone',
      container({ resources: { limits: { 'hugepages-2Mi': '8Mi' }, requests: { 'hugepages-2Mi': '8Mi' } } }),
      'without cpu or memory',
    ],
    [
      'root that must not be',
      container({ securityContext: { runAsNonRoot: true, runAsUser: 0 } }),
      'but runAsNonRoot is true',
    ],
    [
      'privileges both ways',
      container({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
      'cannot be combined with privileged: true',
    ],
    [
      'a capability',
      container({ securityContext: { capabilities: { add: ['NET_ADMINS'] } } }),
      'did you mean NET_ADMIN?',
    ],
    [
      'a profile without its file',
      container({ securityContext: { seccompProfile: { type: 'Localhost' } } }),
      'localhostProfile is missing',
    ],
    [
      'a mount for both sides',
      mounted({ mountPropagation: 'Bidirectional' }),
      'which only a privileged container may have',
    ],
    ['a mount read-only all the way', mounted({ recursiveReadOnly: 'Enabled' }), 'requires readOnly: true'],
    ['a mount above its volume', mounted({ subPath: '../up' }), 'subPath must be a path inside the volume'],
    ['a volume of nothing', volume({ emptyDir: null }), 'must have exactly one source'],
    [
      'a projection of two',
      projected({ configMap: { name: 'a' }, secret: { name: 'b' } }),
      'sources.0 must have exactly one',
    ],
    [
      'one file twice',
      projected(
        { secret: { name: 'a', items: [{ key: 'x', path: 'p' }] } },
        { configMap: { name: 'b', items: [{ key: 'y', path: 'p' }] } },
      ),
      'sources.1 has a file p, which another source has too',
    ],
    [
      'a token outside',
      projected({ serviceAccountToken: { path: '/t' } }),
      'serviceAccountToken.path must be a path inside',
    ],
    [
      'the resources of no container',
      volume({ downwardAPI: { items: [{ path: 'a', resourceFieldRef: { resource: 'limits.cpu' } }] } }),
      'containerName is missing',
    ],
    [
      'a mode',
      volume({ configMap: { name: 'a', items: [{ key: 'k', path: 'p', mode: 600_000 }] } }),
      'mode must be from 0 to 511',
    ],
    ['an image volume of none', volume({ image: {} }), 'image.reference is missing'],
    ['a size below 0', volume({ emptyDir: { sizeLimit: '-1Gi' } }), 'sizeLimit must be 0 or more'],
    ['a claim of nothing', claim({}, '0'), 'storage must be a size of 1 byte or more'],
    [
      'a claim for one pod and for many',
      claim({ accessModes: ['ReadWriteOncePod', 'ReadWriteMany'] }),
      'cannot be combined with other modes',
    ],
    ['a class', claim({ storageClassName: 'A b' }), 'storageClassName must be the name of a StorageClass'],
    ['a selector of nothing', workload('Deployment', { selector: {} }), 'must select the pods by a label'],
    [
      'a surge for pods that stop first',
      workload('Deployment', { strategy: { type: 'Recreate', rollingUpdate: {} } }),
      'has type Recreate and rollingUpdate',
    ],
    [
      'more than all pods',
      workload('Deployment', { strategy: { rollingUpdate: { maxUnavailable: '150%' } } }),
      'percent such as 25% of 100% or less',
    ],
    [
      'pods that are ready too late',
      workload('Deployment', { minReadySeconds: 700 }),
      'must be more than minReadySeconds, 700',
    ],
    [
      'an update of a set',
      workload('StatefulSet', { updateStrategy: { type: 'Recreate' } }),
      'updateStrategy.type must be RollingUpdate or OnDelete',
    ],
    [
      'a label of pods',
      workload('Deployment', { template: { ...template, metadata: { labels: { a: 'b', c: 'x y' } } } }),
      'template.metadata.labels.c must be',
    ],
    [
      'a Job that never ends',
      job({ template: { spec: { containers: [main] } } }),
      'restartPolicy is missing; in a Job',
    ],
    ['an indexed Job', job({ completionMode: 'Indexed' }), 'completions is missing'],
    ['a Job with a selector', job({ selector: { matchLabels: { a: 'b' } } }), 'selector is set by the cluster'],
    ['the name of a port', service({ ports: [{ port: 80, name: 'HTTP_web' }] }), 'ports.0.name must be up to 15'],
    ['a target', service({ ports: [{ port: 80, targetPort: 0 }] }), 'targetPort must be from 1 to 65535'],
    [
      'one port twice',
      service({
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      }),
      'ports.1.port is a duplicate of 80',
    ],
    ['an address', service({ clusterIP: '300.1.1.1' }), 'clusterIP must be an IP address or None'],
    [
      'a name of another host',
      service({ type: 'ExternalName', externalName: 'https://x.y' }),
      'externalName must be a host name',
    ],
    ['a selector', service({ selector: { a: 'b c' } }), 'selector.a must be'],
    [
      'a host that is an address',
      ingress({ rules: [{ host: '10.0.0.1', http: { paths: [path] } }] }),
      'host must be a host name',
    ],
    ['no path', ingress({ rules: [{ http: { paths: [] } }] }), 'http.paths must not be empty'],
    [
      'a path with two slashes',
      ingress({ rules: [{ http: { paths: [{ ...path, path: '/a//b' }] } }] }),
      'path must be a path without "//"',
    ],
    ['a class of an Ingress', ingress({ ingressClassName: 'NGINX' }), 'ingressClassName must be an object name'],
    [
      'hosts of a certificate',
      ingress({ tls: [{ hosts: ['A'], secretName: 't' }] }),
      'tls.0.hosts.0 must be a host name',
    ],
    ['a number as a name', policy({ ingress: [{ ports: [{ port: '80' }] }] }), 'ports.0.port must be up to 15'],
    [
      'a label that selects',
      policy({ podSelector: { matchLabels: { 'a b': 'c' } } }),
      'podSelector.matchLabels has the key "a b"',
    ],
    ['no least number', scaler({ minReplicas: 0 }), 'minReplicas must be 1 or more'],
    ['a metric without its amount', metric({ type: 'Utilization' }), 'target.averageUtilization is missing'],
    ['a window', scaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 4000 } } }), 'must be from 0 to 3600'],
    [
      'a budget',
      spec('PodDisruptionBudget', 'policy/v1', { maxUnavailable: '110%' }),
      'percent such as 25% of 100% or less',
    ],
    [
      'a quota of no resource',
      spec('ResourceQuota', 'v1', { hard: { cpus: '10' } }),
      'spec.hard.cpus is not a resource of a quota',
    ],
    [
      'a default above the most',
      spec('LimitRange', 'v1', {
        limits: [{ type: 'Container', default: { memory: '1Gi' }, max: { memory: '512Mi' } }],
      }),
      'is 1Gi, which is more than max, 512Mi',
    ],
    [
      'a priority of the cluster',
      object('PriorityClass', { value: 2_000_000_000 }, 'scheduling.k8s.io/v1'),
      'value must be from',
    ],
    [
      'a role for nothing',
      rbac('Role', { rules: [{ apiGroups: [''], verbs: ['get'] }] }),
      'rules.0.resources must have a resource',
    ],
    [
      'an account of no namespace',
      rbac('RoleBinding', {
        roleRef: { kind: 'Role', name: 'a', apiGroup: 'rbac.authorization.k8s.io' },
        subjects: [{ kind: 'ServiceAccount', name: 'x' }],
      }),
      'subjects.0.namespace is missing',
    ],
    [
      'a login that is no JSON',
      object('Secret', { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'me:pw' } }),
      'must be JSON',
    ],
    [
      'a level of Pod Security',
      {
        ...object('Namespace', {}),
        metadata: { name: 'one', labels: { 'pod-security.kubernetes.io/enforce': 'strict' } },
      },
      'must be one of privileged, baseline, restricted',
    ],
    [
      'a kind that nobody has',
      object('ConfigMapp', {}),
      'kind is ConfigMapp, which v1 does not have; did you mean ConfigMap?',
    ],
    ['a part of an object', object('Container', {}), 'kind is Container, which v1 does not have'],
    [
      'a version of an operator',
      object('HTTPRoute', {}, 'gateway.networking.k8s.io/v2'),
      'apiVersion must be gateway.networking.k8s.io/v1',
    ],
    [
      'a field with a letter too few',
      container({ comand: ['a'] }),
      'comand is not a field in the Kubernetes schema; did you mean command?',
    ],
  ])('%s', (_, one, message) => {
    expect(told(one)).toContainEqual(expect.stringContaining(message))
  })
})

test('what is inside of a field that nobody knows is not told as well', () => {
  expect(told(volume({ configmap: { name: 'one' } })).filter((each) => each.includes('schema'))).toEqual([
    'spec.volumes.0.configmap is not a field in the Kubernetes schema; did you mean configMap?',
  ])
})

test.each<[string, Group]>([
  [
    'a probe whose period is left to the cluster',
    container({ livenessProbe: { tcpSocket: { port: 1 }, periodSeconds: 0 } }),
  ],
  [
    'a privileged mount for both sides',
    pod({
      volumes: [{ name: 'more', csi: { driver: 'secrets-store.csi.k8s.io' } }],
      containers: [
        {
          ...main,
          securityContext: { privileged: true },
          volumeMounts: [{ name: 'more', mountPath: '/a', mountPropagation: 'Bidirectional' }],
        },
      ],
    }),
  ],
  ['a model in an image', volume({ image: { reference: 'registry.example.com/model:1', pullPolicy: 'IfNotPresent' } })],
  [
    'a sidecar that starts first',
    init({
      restartPolicy: 'Always',
      lifecycle: { preStop: { sleep: { seconds: 5 } } },
      startupProbe: { tcpSocket: { port: 1 } },
    }),
  ],
  [
    'a headless Service',
    service({ clusterIP: 'None', ports: [{ port: 5432, targetPort: 'postgres', name: 'tcp-postgres' }] }),
  ],
  ['a Service of both families', service({ ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] })],
  ['a wildcard', ingress({ rules: [{ host: '*.example.com', http: { paths: [path] } }] })],
  [
    'a scaler on a queue',
    scaler({
      metrics: [
        {
          type: 'External',
          external: { metric: { name: 'jobs' }, target: { type: 'AverageValue', averageValue: '500m' } },
        },
      ],
    }),
  ],
  [
    'a quota of many kinds',
    spec('ResourceQuota', 'v1', {
      hard: { 'requests.cpu': '10', pods: 20, 'count/jobs.batch': 5, 'requests.nvidia.com/gpu': 1 },
    }),
  ],
  [
    'a Job with a policy for failures',
    job({ podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] } }),
  ],
  ['an object of somebody else', object('Widget', { spec: { anything: 1 } }, 'example.com/v1')],
])('%s is taken', (_, one) => {
  expect(told(one)).toEqual([])
})
