import { z } from 'zod'
import { cluster } from './groups/cluster.ts'
import { containers } from './groups/containers.ts'
import { parts } from './groups/parts.ts'
import { flag, group, listOf, memory, oneOf, secretText, servedPort, setting, someOf, text, texts } from './kinds.ts'
import { imageReference, imageRegistry, labels, namespaceName } from './kubernetes-kinds.ts'
import { gitSource } from './network-kinds.ts'
import { POLICY_NAMES } from './policy-names.ts'

/** A time in units from years to seconds, in this order. */
const retention = text(/^(?=.*[1-9])(?!$)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?$/, 'a time such as 15d or 1d12h')

const NAME = 'up to 30 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen'

const DOCKER = { target: 'docker' } as const
const KUBERNETES = { target: 'kubernetes' } as const

/** All settings of a stack. `npm run generate` creates Pulumi.yaml and docs/settings.md from them. */
export const schema = z.strictObject({
  target: setting(oneOf('docker', 'kubernetes').default('docker'), 'Where the stack runs: `docker` or `kubernetes`.'),
  environment: setting(
    oneOf('development', 'staging', 'production').default('development'),
    '`development`, `staging` or `production`: sets how long containers may take to stop (15, 30 or 60 seconds).',
  ),
  size: setting(
    oneOf('small', 'medium', 'large').default('small'),
    '`small`, `medium` or `large`: sets the defaults of requests, replicas and volumes ([sizing](sizing.md)).',
    KUBERNETES,
  ),
  name: setting(
    text(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, NAME).default('codebase-mcp'),
    'Prefix of the names of containers, volumes and networks. Two stacks on one engine need different names.',
  ),
  running: setting(
    flag.default(true),
    '`false` removes the containers and keeps volumes, passwords and roles, as `npm run down` does.',
  ),
  protectData: setting(flag.default(true), 'Keep volumes, passwords and roles on `pulumi destroy`.'),
  acceptedPolicies: setting(
    someOf(...POLICY_NAMES).default([]),
    '[Policies](kubernetes.md#policies) that this stack breaks on purpose. Their violations are reported but not refused.',
  ),
  profiles: setting(
    someOf('mcp', 'worker', 'monitoring').default([]),
    'Optional parts. On Docker: `mcp` (bridges MCP over stdio to the server), `worker` (indexes instead of the server) and `monitoring`. On Kubernetes: `monitoring`.',
  ),
  liveReload: setting(
    flag.default(false),
    'Run the server from `service/` in this checkout, and restart it on every change.',
    DOCKER,
  ),
  repositories: setting(
    texts.default([]),
    'Repositories to index. On Docker: folders, absolute or relative to this project. On Kubernetes: URLs such as `https://git.example.com/team/shop.git#main`, with a branch or tag after `#`. Write `name=…` to choose the name.',
  ),
  repositoriesFile: setting(
    text(/^/, 'the path of a file').default(''),
    'File with more repositories to index, one on each line, for [long lists](kubernetes.md#long-lists). Absolute or relative to this project. Empty lines and lines that start with `#` are ignored.',
    KUBERNETES,
  ),
  sources: setting(
    listOf(gitSource, 'groups with kind and url').default([]),
    'Organisations and groups whose repositories to index, each with `kind` (`github`, `gitlab` or `gitea`) and `url`, and optionally `include`, `exclude`, `archived` and `forks` ([sources](kubernetes.md#sources)).',
    KUBERNETES,
  ),
  ...parts,
  monitoring: group('Prometheus and Grafana of the profile `monitoring`.', {
    prometheusPort: setting(servedPort.default(9090), 'Port of Prometheus on 127.0.0.1.', { target: 'docker' }),
    prometheusImage: setting(imageReference.default('prom/prometheus:v3.5.0'), 'Image of Prometheus.', {
      target: 'docker',
    }),
    grafanaPort: setting(servedPort.default(3000), 'Port of Grafana on 127.0.0.1.', { target: 'docker' }),
    grafanaImage: setting(imageReference.default('grafana/grafana:12.2.0'), 'Image of Grafana.', { target: 'docker' }),
    retention: setting(retention.default('15d'), 'How long Prometheus keeps samples.', { target: 'docker' }),
    memory: setting(memory.default(512), 'Memory limit of each container.', { target: 'docker' }),
    labels: setting(
      labels.default({}),
      'Labels by which Prometheus and Grafana select their objects, such as `release: kube-prometheus-stack`.',
      { target: 'kubernetes' },
    ),
    namespace: setting(namespaceName.default('monitoring'), 'Namespace whose pods may scrape metrics.', {
      target: 'kubernetes',
    }),
  }),
  image: group('The image of the service.', {
    name: setting(imageReference.optional(), 'Name of the image to build.', {
      ...DOCKER,
      otherwise: '`NAME:local`',
    }),
    base: setting(imageReference.default('node:24-trixie-slim'), 'Base image.'),
    platform: setting(
      oneOf('linux/amd64', 'linux/arm64').optional(),
      'Platform to build for: `linux/amd64` or `linux/arm64`.',
      { ...DOCKER, otherwise: 'the engine’s' },
    ),
    reference: setting(
      imageReference.optional(),
      'Existing image to use instead of building one. Kubernetes requires this or `registry`.',
      { otherwise: 'none' },
    ),
    registry: setting(
      imageRegistry.optional(),
      'Registry to push the image to, such as `registry.example.com/team`: `up` builds and pushes it, and pods run it by digest ([image](kubernetes.md#the-image)).',
      { ...KUBERNETES, otherwise: 'none' },
    ),
    platforms: setting(
      someOf('linux/amd64', 'linux/arm64').min(1, { error: 'must name a platform' }).default(['linux/amd64']),
      'Platforms to build for: `linux/amd64`, `linux/arm64` or both.',
      KUBERNETES,
    ),
    user: setting(text(/^\S+$/, 'the name of a user').optional(), 'User for the push.', {
      ...KUBERNETES,
      otherwise: 'that of `docker login`',
    }),
    password: setting(secretText.optional(), 'Password or token for the push. A secret.', {
      ...KUBERNETES,
      otherwise: 'that of `docker login`',
    }),
  }),
  containers,
  ...cluster,
})

export type Values = z.output<typeof schema>
