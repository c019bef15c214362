import { describe, expect, test } from 'vitest'
import { POLICIES } from '../../../infra/policy/policies.ts'
import { type Properties, SECRET, type Subject, UNKNOWN, violationsOf } from '../../../infra/policy/policy.ts'
import { POLICY_NAMES, type PolicyName } from '../../../infra/settings/policy-names.ts'

const LABELS = {
  'app.kubernetes.io/name': 'shop',
  'app.kubernetes.io/instance': 'shop',
  'app.kubernetes.io/component': 'server',
  'app.kubernetes.io/part-of': 'shop',
}

const probe = { httpGet: { path: '/', port: 8000 } }

/** Returns a container that complies with every policy, with these overrides. */
const container = (own: Properties = {}): Properties => ({
  name: 'main',
  image: `shop:1.2@sha256:${'0'.repeat(64)}`,
  env: [
    { name: 'DATABASE_PASSWORD_FILE', value: '/run/secrets/password' },
    { name: 'MAX_TOKENS', value: '512' },
    { name: 'DATABASE_URL', value: 'postgres://database:5432/shop' },
  ],
  readinessProbe: probe,
  livenessProbe: probe,
  resources: {
    requests: { cpu: '100m', memory: '64Mi', 'ephemeral-storage': '64Mi' },
    limits: { memory: '64Mi', 'ephemeral-storage': '64Mi' },
  },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
  ...own,
})

const pod = (own: Properties = {}): Properties => ({
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [container()],
  volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } }],
  ...own,
})

const kubernetes = (type: string, inputs: Properties): Subject => ({
  type: `kubernetes:${type}`,
  name: 'subject',
  inputs: { metadata: { name: 'subject', labels: LABELS }, ...inputs },
})

const withPod = (type: string) => (own?: Properties) =>
  kubernetes(type, { spec: { template: { metadata: { labels: LABELS }, spec: pod(own) } } })

const deployment = withPod('apps/v1:Deployment')
const job = withPod('batch/v1:Job')
const running = (own: Properties) => deployment({ containers: [container(own)] })
const secured = (own: Properties) =>
  running({ securityContext: { ...(container().securityContext as Properties), ...own } })
const variables = (...env: Properties[]) => running({ env })
const service = (spec: Properties) => kubernetes('core/v1:Service', { spec })
const balanced = (...loadBalancerSourceRanges: string[]) => service({ type: 'LoadBalancer', loadBalancerSourceRanges })
const configMap = (data: Properties) => kubernetes('core/v1:ConfigMap', { data })

const cronJob = (own: Properties = {}) =>
  kubernetes('batch/v1:CronJob', {
    spec: { jobTemplate: { spec: { template: { metadata: { labels: LABELS }, spec: pod(own) } } } },
  })

/** Returns a Docker container that complies with every policy, with these overrides. */
const docker = (own: Properties = {}): Subject => ({
  type: 'docker:index/container:Container',
  name: 'subject',
  inputs: {
    image: UNKNOWN,
    healthcheck: { tests: ['CMD', 'true'] },
    memory: 64,
    memorySwap: 64,
    readOnly: true,
    capabilities: { drops: ['ALL'] },
    securityOpts: ['no-new-privileges:true'],
    labels: [{ label: 'codebase-mcp.stack', value: 'shop' }],
    ports: [{ internal: 8000, external: 8000, ip: '127.0.0.1' }],
    mounts: [
      { type: 'bind', source: '/home/ada/shop', target: '/repositories/shop', readOnly: true },
      { type: 'volume', source: 'shop-data', target: '/data' },
    ],
    envs: ['DATABASE_PASSWORD_FILE=/run/secrets/password'],
    ...own,
  },
})

const bind = (source: string, readOnly = true) =>
  docker({ mounts: [{ type: 'bind', source, target: '/mounted', readOnly }] })
const labelled = (label: string) => docker({ labels: [{ label, value: 'shop' }] })
const pulled = (name: string): Subject => ({
  type: 'docker:index/remoteImage:RemoteImage',
  name: 'image',
  inputs: { name },
})
const provider = (password: unknown): Subject => ({
  type: 'pulumi:providers:postgresql',
  name: 'provider',
  inputs: { host: 'database', password },
})
const secret = (stringData: unknown) => kubernetes('core/v1:Secret', { stringData })

type Case = readonly [what: string, subject: Subject]

interface Cases {
  readonly keeps: readonly Case[]
  readonly breaks: readonly (readonly [...Case, at: string])[]
}

const unprobed = (more: object) => container({ readinessProbe: undefined, livenessProbe: undefined, ...more })

const MAIN = 'spec.template.spec.containers[main]'

const CASES: Readonly<Record<string, Cases>> = {
  probes: {
    keeps: [
      ['a Deployment that is probed', deployment()],
      ['a Job, which ends', job({ containers: [container({ readinessProbe: undefined, livenessProbe: undefined })] })],
      ['a sidecar without probes', deployment({ containers: [container(), unprobed({ name: 'beside' })] })],
      [
        'a sidecar that starts first, without probes',
        deployment({ initContainers: [unprobed({ name: 'beside', restartPolicy: 'Always' })] }),
      ],
      ['a container that only carries files', docker({ start: false, healthcheck: undefined })],
      ['a container that ends', docker({ mustRun: false, healthcheck: undefined })],
    ],
    breaks: [
      ['no liveness probe', running({ livenessProbe: undefined }), `${MAIN}.livenessProbe`],
      ['no readiness probe', running({ readinessProbe: undefined }), `${MAIN}.readinessProbe`],
      ['no health check', docker({ healthcheck: undefined }), 'healthcheck'],
    ],
  },
  limits: {
    keeps: [
      ['a Deployment with all of them', deployment()],
      [
        'a claim with a size',
        kubernetes('core/v1:PersistentVolumeClaim', { spec: { resources: { requests: { storage: '1Gi' } } } }),
      ],
      ['a container that cannot swap', docker()],
    ],
    breaks: [
      ['nothing', running({ resources: undefined }), `${MAIN}.resources.requests.cpu`],
      [
        'no memory limit',
        running({ resources: { requests: { cpu: '1', memory: '1Gi' } } }),
        `${MAIN}.resources.limits.memory`,
      ],
      [
        'only a memory limit',
        running({ resources: { limits: { memory: '1Gi' } } }),
        `${MAIN}.resources.limits.ephemeral-storage`,
      ],
      [
        'an init container without',
        deployment({ initContainers: [{ name: 'first', image: 'shop:1' }] }),
        'spec.template.spec.initContainers[first].resources.requests.cpu',
      ],
      [
        'a folder without an end',
        deployment({ volumes: [{ name: 'tmp', emptyDir: {} }] }),
        'spec.template.spec.volumes[tmp].emptyDir.sizeLimit',
      ],
      [
        'a claim of any size',
        kubernetes('core/v1:PersistentVolumeClaim', { spec: {} }),
        'spec.resources.requests.storage',
      ],
      ['a container without memory', docker({ memory: undefined }), 'memory'],
      ['a container that swaps', docker({ memorySwap: undefined }), 'memorySwap'],
    ],
  },
  'image-tag': {
    keeps: [
      ['a tag', running({ image: 'shop:1.2' })],
      ['a tag at a registry with a port', running({ image: 'registry:5000/shop:1.2' })],
      ['a digest', running({ image: `shop@sha256:${'0'.repeat(64)}` })],
      ['an image that is yet to be built', docker({ image: UNKNOWN })],
      ['a tag on Docker', pulled('shop:1.2')],
    ],
    breaks: [
      ['latest', running({ image: 'shop:latest' }), `${MAIN}.image`],
      ['no tag', running({ image: 'shop' }), `${MAIN}.image`],
      ['no tag but a port', running({ image: 'registry:5000/shop' }), `${MAIN}.image`],
      ['no image', running({ image: undefined }), `${MAIN}.image`],
      ['latest on Docker', pulled('shop:latest'), 'name'],
      ['no tag on Docker', docker({ image: 'shop' }), 'image'],
    ],
  },
  'image-digest': {
    keeps: [
      ['a digest', running({ image: `shop:1.2@sha256:${'0'.repeat(64)}` })],
      ['an unknown value', running({ image: UNKNOWN })],
    ],
    breaks: [['a tag', running({ image: 'shop:1.2' }), `${MAIN}.image`]],
  },
  'non-root': {
    keeps: [
      ['a pod that may not be root', deployment()],
      [
        'a container that may not be root',
        deployment({
          securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
          containers: [container({ securityContext: { runAsNonRoot: true } })],
        }),
      ],
      ['a user on Docker', docker({ user: '1000' })],
    ],
    breaks: [
      ['a pod that may be root', deployment({ securityContext: {} }), `${MAIN}.securityContext.runAsNonRoot`],
      ['a container that may be root', secured({ runAsNonRoot: false }), `${MAIN}.securityContext.runAsNonRoot`],
      ['a container that is root', secured({ runAsUser: 0 }), `${MAIN}.securityContext.runAsUser`],
      [
        "root's group",
        deployment({ securityContext: { runAsNonRoot: true, fsGroup: 0 } }),
        'spec.template.spec.securityContext.fsGroup',
      ],
      [
        "root's group besides",
        deployment({ securityContext: { runAsNonRoot: true, supplementalGroups: [5, 0] } }),
        'spec.template.spec.securityContext.supplementalGroups',
      ],
      ['root on Docker', docker({ user: '0:0' }), 'user'],
    ],
  },
  unprivileged: {
    keeps: [
      ['a restricted pod', deployment()],
      ['a port below 1024', secured({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } })],
      ['a container without rights', docker()],
    ],
    breaks: [
      ['privileges', secured({ privileged: true }), `${MAIN}.securityContext.privileged`],
      [
        'privileges by a program',
        secured({ allowPrivilegeEscalation: undefined }),
        `${MAIN}.securityContext.allowPrivilegeEscalation`,
      ],
      [
        'a root that is written',
        secured({ readOnlyRootFilesystem: false }),
        `${MAIN}.securityContext.readOnlyRootFilesystem`,
      ],
      ['capabilities', secured({ capabilities: {} }), `${MAIN}.securityContext.capabilities.drop`],
      [
        'more capabilities',
        secured({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
        `${MAIN}.securityContext.capabilities.add`,
      ],
      [
        'every system call',
        deployment({ securityContext: { runAsNonRoot: true } }),
        `${MAIN}.securityContext.seccompProfile`,
      ],
      ['privileges on Docker', docker({ privileged: true }), 'privileged'],
      ['a root that is written on Docker', docker({ readOnly: undefined }), 'readOnly'],
      ['capabilities on Docker', docker({ capabilities: undefined }), 'capabilities.drops'],
      [
        'more capabilities on Docker',
        docker({ capabilities: { drops: ['ALL'], adds: ['CAP_SYS_ADMIN'] } }),
        'capabilities.adds',
      ],
      ['privileges by a program on Docker', docker({ securityOpts: [] }), 'securityOpts'],
      [
        'every system call on Docker',
        docker({ securityOpts: ['no-new-privileges:true', 'seccomp=unconfined'] }),
        'securityOpts',
      ],
    ],
  },
  'no-api-token': {
    keeps: [['a pod without a token', deployment()]],
    breaks: [
      [
        'a token by default',
        deployment({ automountServiceAccountToken: undefined }),
        'spec.template.spec.automountServiceAccountToken',
      ],
      [
        'a token of a CronJob',
        cronJob({ automountServiceAccountToken: true }),
        'spec.jobTemplate.spec.template.spec.automountServiceAccountToken',
      ],
    ],
  },
  'host-namespaces': {
    keeps: [
      ['its own pod network', deployment()],
      ['its own network', docker({ networkMode: 'bridge' })],
    ],
    breaks: [
      ["the machine's network", deployment({ hostNetwork: true }), 'spec.template.spec.hostNetwork'],
      ["the machine's processes", deployment({ hostPID: true }), 'spec.template.spec.hostPID'],
      ["the machine's memory", deployment({ hostIPC: true }), 'spec.template.spec.hostIPC'],
      ["the machine's network on Docker", docker({ networkMode: 'host' }), 'networkMode'],
      ["the machine's processes on Docker", docker({ pidMode: 'host' }), 'pidMode'],
    ],
  },
  'host-path': {
    keeps: [
      ['a claim', deployment({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] })],
      ['folders of a person, read-only', docker()],
    ],
    breaks: [
      [
        'a folder of the machine',
        deployment({ volumes: [{ name: 'host', hostPath: { path: '/data' } }] }),
        'spec.template.spec.volumes[host].hostPath',
      ],
      [
        'a volume on the machine',
        kubernetes('core/v1:PersistentVolume', { spec: { hostPath: { path: '/data' } } }),
        'spec.hostPath',
      ],
      ["the engine's socket", bind('/var/run/docker.sock'), 'mounts[/mounted]'],
      ["another engine's socket", bind('/home/ada/.docker/run/docker.sock'), 'mounts[/mounted]'],
      ['all of the machine', bind('/'), 'mounts[/mounted]'],
      ['its settings', bind('/etc/ssl'), 'mounts[/mounted]'],
      ['a folder that can be written', bind('/home/ada/shop', false), 'mounts[/mounted]'],
      [
        'the same, said in another way',
        docker({ volumes: [{ hostPath: '/proc', containerPath: '/mounted', readOnly: true }] }),
        'volumes[/mounted]',
      ],
    ],
  },
  'load-balancer-sources': {
    keeps: [
      ['a Service within the cluster', service({ ports: [{ port: 80 }] })],
      ['networks that are named', balanced('10.0.0.0/8', '2001:db8::/32')],
    ],
    breaks: [
      ['no network', service({ type: 'LoadBalancer' }), 'spec.loadBalancerSourceRanges'],
      ['an empty list', balanced(), 'spec.loadBalancerSourceRanges'],
      ['everybody', balanced('10.0.0.0/8', '0.0.0.0/0'), 'spec.loadBalancerSourceRanges'],
      ['everybody by IPv6', balanced('::/0'), 'spec.loadBalancerSourceRanges'],
    ],
  },
  'public-port': {
    keeps: [
      ['a Service within the cluster', service({ type: 'ClusterIP', ports: [{ port: 80 }] })],
      ['the loopback address', docker()],
      ['the loopback address of IPv6', docker({ ports: [{ internal: 1, external: 1, ip: '::1' }] })],
      ['no port', docker({ ports: undefined })],
    ],
    breaks: [
      ['a port of every node', service({ type: 'NodePort' }), 'spec.type'],
      ['addresses of machines', service({ externalIPs: ['192.0.2.1'] }), 'spec.externalIPs'],
      ['a port of one node', running({ ports: [{ containerPort: 80, hostPort: 80 }] }), `${MAIN}.ports`],
      ['every address of the machine', docker({ ports: [{ internal: 80, external: 80 }] }), 'ports[80].ip'],
      ['the same, said', docker({ ports: [{ internal: 80, external: 80, ip: '0.0.0.0' }] }), 'ports[80].ip'],
      ['every port', docker({ publishAllPorts: true }), 'publishAllPorts'],
    ],
  },
  'plain-secret': {
    keeps: [
      ['the path of a file, a number and a URL without a login', deployment()],
      ['a ConfigMap with settings', configMap({ 'app.conf': 'password_file = /run/secrets/password' })],
      ['a Secret', secret({ password: SECRET })],
      ['the path of a file on Docker', docker()],
      ['files that are uploaded', docker({ uploads: [{ file: '/run/secrets/password', content: SECRET }] })],
    ],
    breaks: [
      ['a password', variables({ name: 'DATABASE_PASSWORD', value: 'hunter2' }), `${MAIN}.env[DATABASE_PASSWORD]`],
      ['a value that the engine hides', variables({ name: 'MODE', value: SECRET }), `${MAIN}.env[MODE].value`],
      [
        'a login in a URL',
        variables({ name: 'URL', value: 'postgres://shop:hunter2@database/shop' }),
        `${MAIN}.env[URL].value`,
      ],
      ['a token in arguments', running({ args: ['--header', `ghp_${'a'.repeat(36)}`] }), `${MAIN}.args[1]`],
      ['a key in a ConfigMap', configMap({ key: '-----BEGIN PRIVATE KEY-----\nMIIE' }), 'data.key'],
      ['a password on Docker', docker({ envs: ['POSTGRES_PASSWORD=hunter2'] }), 'envs[POSTGRES_PASSWORD]'],
      ['a value that the engine hides on Docker', docker({ command: ['serve', SECRET] }), 'command[1]'],
    ],
  },
  'secret-as-file': {
    keeps: [
      ['a Secret that is mounted', deployment({ volumes: [{ name: 'secrets', secret: { secretName: 'shop' } }] })],
      [
        'a variable out of a ConfigMap',
        variables({ name: 'MODE', valueFrom: { configMapKeyRef: { name: 'shop', key: 'mode' } } }),
      ],
    ],
    breaks: [
      [
        'a variable',
        variables({ name: 'DATABASE_PASSWORD', valueFrom: { secretKeyRef: { name: 'shop', key: 'password' } } }),
        `${MAIN}.env[DATABASE_PASSWORD]`,
      ],
      ['all variables', running({ envFrom: [{ secretRef: { name: 'shop' } }] }), `${MAIN}.envFrom`],
    ],
  },
  'secret-in-environment': {
    keeps: [['a plain variable', variables({ name: 'OTEL_EXPORTER_OTLP_HEADERS', value: 'tenant=shop' })]],
    breaks: [
      [
        'a variable that its program reads from no file',
        variables({
          name: 'OTEL_EXPORTER_OTLP_HEADERS',
          valueFrom: { secretKeyRef: { name: 'shop', key: 'headers' } },
        }),
        `${MAIN}.env[OTEL_EXPORTER_OTLP_HEADERS]`,
      ],
    ],
  },
  labels: {
    keeps: [
      ['a Deployment with labels', deployment()],
      ['a pod with labels', kubernetes('core/v1:Pod', { spec: pod() })],
      ['a container of a stack', docker()],
      ['an image, which has none', pulled('shop:1.2')],
    ],
    breaks: [
      ['an object without', kubernetes('core/v1:Service', { metadata: { name: 'shop' } }), 'metadata.labels'],
      [
        'one label missing',
        kubernetes('core/v1:Service', { metadata: { labels: { ...LABELS, 'app.kubernetes.io/part-of': undefined } } }),
        'metadata.labels',
      ],
      [
        'pods without',
        kubernetes('apps/v1:Deployment', { spec: { template: { spec: pod() } } }),
        'spec.template.metadata.labels',
      ],
      ['a container of no stack', labelled('com.example.stack'), 'labels'],
      [
        'a volume of no stack',
        { type: 'docker:index/volume:Volume', name: 'volume', inputs: { name: 'shop' } },
        'labels',
      ],
    ],
  },
  'marked-secret': {
    keeps: [
      ['a provider with a password that is encrypted', provider(SECRET)],
      ['a provider with a password that is not known yet', provider(UNKNOWN)],
      ['a Secret that is encrypted', secret({ anything: SECRET })],
      ['a file', { type: 'command:local:Command', name: 'one', inputs: { token: '/run/secrets/token' } }],
    ],
    breaks: [
      ['a password in plain', provider('hunter2'), 'password'],
      ['a Secret in plain', secret({ anything: 'hunter2' }), 'stringData.anything'],
    ],
  },
}

const policyCalled = (name: string) => POLICIES.filter((policy) => policy.name === name)

test('every policy has examples that comply and that violate it, and names a remedy', () => {
  expect(POLICIES.map(({ name }) => name).toSorted()).toEqual(Object.keys(CASES).toSorted())
  for (const { name, description, remedy } of POLICIES) {
    expect(description, name).toMatch(/^[A-Z].*\.$/)
    expect(remedy, name).toMatch(/^[A-Z].*[^.]$/)
  }
})

describe.each(Object.entries(CASES))('the policy %s', (name, { keeps, breaks }) => {
  test.each([...keeps])('accepts %s', (_, subject) => {
    expect(violationsOf(policyCalled(name), [subject])).toEqual([])
  })

  test.each([...breaks])('refuses %s', (_, subject, at) => {
    const violations = violationsOf(policyCalled(name), [subject])
    expect(violations.map((violation) => violation.at)).toContain(at)
    expect(violations[0]).toMatchObject({ policy: name, type: subject.type, resource: subject.name })
  })
})

test('an accepted violation is reported and not refused', () => {
  const broken = {
    type: 'kubernetes:apps/v1:Deployment',
    name: 'one',
    inputs: { spec: { template: { spec: { hostNetwork: true } } } },
  }
  const levels = (accepted: readonly PolicyName[]) =>
    violationsOf(policyCalled('host-namespaces'), [broken], accepted).map(({ level }) => level)
  expect(levels([])).toEqual(['mandatory'])
  expect(levels(['host-namespaces'])).toEqual(['advisory'])
  expect(levels(['probes'])).toEqual(['mandatory'])
})

test('the setting can name each policy, and nothing else', () => {
  expect(POLICIES.map(({ name }) => name).toSorted()).toEqual([...POLICY_NAMES].toSorted())
})

test('a correct resource complies with all policies', () => {
  expect(violationsOf(POLICIES, [deployment(), cronJob(), docker(), balanced('10.0.0.0/8')])).toEqual([])
})
