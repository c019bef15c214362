import { z } from 'zod'
import { cluster } from './groups/cluster.ts'
import { parts } from './groups/parts.ts'
import { flag, group, listOf, memory, oneOf, port, secretText, setting, someOf, text, texts, whole } from './kinds.ts'
import { imageReference, imageRegistry, labels, namespaceName } from './kubernetes-kinds.ts'
import { gitSource } from './network-kinds.ts'
import { POLICY_NAMES } from './policy-names.ts'

const logSize = text(/^[1-9]\d*[kmg]$/, 'a size such as 10m')
const NAME = 'up to 30 lower-case letters, digits and hyphens, with a letter at the beginning and no hyphen at the end'

const DOCKER = { target: 'docker' } as const
const KUBERNETES = { target: 'kubernetes' } as const

/** Every setting of a stack. Pulumi.yaml and docs/settings.md are made of it by `npm run generate`. */
export const schema = z.strictObject({
  target: setting(oneOf('docker', 'kubernetes').default('docker'), 'Where the stack runs: `docker` or `kubernetes`.'),
  environment: setting(
    oneOf('development', 'staging', 'production').default('development'),
    'What the stack is for, `development`, `staging` or `production`: how long containers have to stop (15, 30 or 60 seconds).',
  ),
  size: setting(
    oneOf('small', 'medium', 'large').default('small'),
    'How much the stack holds and answers, `small`, `medium` or `large`: requests, replicas and volumes that are not set otherwise ([sizing](sizing.md)).',
    KUBERNETES,
  ),
  name: setting(
    text(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, NAME).default('codebase-mcp'),
    'What the names of containers, volumes and networks begin with. Two stacks on one engine need two names.',
  ),
  running: setting(
    flag.default(true),
    'With `false` the containers are removed; volumes, passwords and roles stay (`npm run down`).',
  ),
  protectData: setting(flag.default(true), 'Whether volumes, passwords and roles survive `pulumi destroy`.'),
  acceptedPolicies: setting(
    someOf(...POLICY_NAMES).default([]),
    'Names of [policies](kubernetes.md#policies) that this stack breaks on purpose: violations of these are reported, not refused.',
  ),
  profiles: setting(
    someOf('mcp', 'worker', 'monitoring').default([]),
    'What runs beside the core: on Docker `mcp`, which bridges MCP over stdio to the server, `worker`, which indexes in the server’s place, and `monitoring`; on Kubernetes `monitoring`.',
  ),
  liveReload: setting(
    flag.default(false),
    'Whether the server runs from `service/` of this checkout and starts again on a change.',
    DOCKER,
  ),
  repositories: setting(
    texts.default([]),
    'What to index, `name=…` for another name: folders on Docker, relative to this project or absolute; on Kubernetes URLs such as `https://git.example.com/team/shop.git#main`, with a branch or tag after `#`.',
  ),
  sources: setting(
    listOf(gitSource, 'groups with kind and url').default([]),
    'Organisations and groups whose repositories are indexed, each with `kind` (`github`, `gitlab`, `gitea`), `url`, and `include`, `exclude`, `archived` and `forks` where they are not the default ([sources](kubernetes.md#sources)).',
    KUBERNETES,
  ),
  ...parts,
  monitoring: group('Of the profile `monitoring`.', {
    prometheusPort: setting(port.default(9090), 'Port of Prometheus on 127.0.0.1.', { target: 'docker' }),
    prometheusImage: setting(imageReference.default('prom/prometheus:v3.5.0'), 'Image of Prometheus.', {
      target: 'docker',
    }),
    grafanaPort: setting(port.default(3000), 'Port of Grafana on 127.0.0.1.', { target: 'docker' }),
    grafanaImage: setting(imageReference.default('grafana/grafana:12.2.0'), 'Image of Grafana.', { target: 'docker' }),
    retention: setting(
      text(/^[1-9]\d*[hdwy]$/, 'a time such as 15d').default('15d'),
      'How long measurements are kept.',
      { target: 'docker' },
    ),
    memory: setting(memory.default(512), 'Limit of memory of each.', { target: 'docker' }),
    labels: setting(
      labels.default({}),
      'Labels by which Prometheus and Grafana choose what is theirs, such as `release: kube-prometheus-stack`.',
      { target: 'kubernetes' },
    ),
    namespace: setting(namespaceName.default('monitoring'), 'Namespace from which metrics are asked for.', {
      target: 'kubernetes',
    }),
  }),
  image: group('The image of the service.', {
    name: setting(imageReference.optional(), 'Name of the image that is built.', {
      ...DOCKER,
      otherwise: '`NAME:local`',
    }),
    base: setting(imageReference.default('node:24-trixie-slim'), 'Image that it is built on.'),
    platform: setting(
      oneOf('linux/amd64', 'linux/arm64').optional(),
      'Platform to build for: `linux/amd64` or `linux/arm64`.',
      { ...DOCKER, otherwise: 'the engine’s' },
    ),
    reference: setting(
      imageReference.optional(),
      'An image that is ready, in place of building one; on Kubernetes this or `registry` is required.',
      { otherwise: 'none' },
    ),
    registry: setting(
      imageRegistry.optional(),
      'Where the image is pushed that `up` builds, such as `registry.example.com/team`, for pods to run it by its digest ([image](kubernetes.md#the-image)).',
      { ...KUBERNETES, otherwise: 'none' },
    ),
    platforms: setting(
      someOf('linux/amd64', 'linux/arm64').min(1, { error: 'must name a platform' }).default(['linux/amd64']),
      'Platforms of the nodes, for which it is built: `linux/amd64`, `linux/arm64` or both.',
      KUBERNETES,
    ),
    user: setting(text(/^\S+$/, 'the name of a user').optional(), 'User that pushes it.', {
      ...KUBERNETES,
      otherwise: 'that of `docker login`',
    }),
    password: setting(secretText.optional(), 'Password or token of that user. A secret.', {
      ...KUBERNETES,
      otherwise: 'that of `docker login`',
    }),
  }),
  containers: group(
    'Every container.',
    {
      restarts: setting(whole(0, 100).default(3), 'How often a container is started again after a failure.'),
      processes: setting(whole(64, 65536).default(1024), 'How many processes a container may have.'),
      logSize: setting(logSize.default('10m'), 'Size of one log file.'),
      logFiles: setting(whole(1, 100).default(3), 'How many log files are kept.'),
    },
    DOCKER,
  ),
  ...cluster,
})

export type Values = z.output<typeof schema>
