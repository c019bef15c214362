import {
  cpus,
  flag,
  group,
  isBare,
  listOf,
  mebibytes,
  memory,
  oneOf,
  port,
  seconds,
  servedPort,
  setting,
  storage,
  text,
  url,
  whole,
} from '../kinds.ts'
import { annotations, imageReference, objectName, resourceName, taintKey } from '../kubernetes-kinds.ts'
import { sourcedVariables, variables } from '../pod-kinds.ts'
import { parameters } from '../postgres-parameters.ts'
import { database } from './database.ts'
import { partSettings, storageClass } from './pods.ts'

const KUBERNETES = { target: 'kubernetes' } as const
const DOCKER = { target: 'docker' } as const
const BY_SIZE = 'none, on Kubernetes by `size`'

/** Model name as Ollama parses it: host, namespace, model and tag. */
const MODEL = /^(?:http:\/\/)?(?:(?:\w[\w.-]*(?::\d{1,5})?\/)?\w[\w.-]{0,79}\/)?\w[\w.-]{0,79}(?::\w[\w.-]{0,79})?$/

const CPUS = 'CPU limit, such as 1.5; on Kubernetes the CPU request.'
const MEMORY = 'Memory limit.'

const replicas = setting(whole(1, 100).optional(), 'Minimum number of pods.', { ...KUBERNETES, otherwise: 'by `size`' })
const maxReplicas = setting(whole(1, 1000).optional(), 'Maximum number of pods under load.', {
  ...KUBERNETES,
  otherwise: '`replicas`, else by `size`',
})
const ofSize = { ...KUBERNETES, otherwise: 'by `size`' }

export const OLLAMA_IMAGE = 'ollama/ollama:0.17.4'

/** Parts of the stack. */
export const parts = {
  server: group('The MCP server.', {
    port: setting(servedPort.default(8000), 'Port on 127.0.0.1.', DOCKER),
    logLevel: setting(
      oneOf('debug', 'info', 'warn', 'error').default('info'),
      'Log level of server and worker: `debug`, `info`, `warn` or `error`.',
    ),
    memory: setting(memory.optional(), MEMORY, { otherwise: '2048, on Kubernetes by `size`' }),
    cpus: setting(cpus.optional(), CPUS, { otherwise: BY_SIZE }),
    grace: setting(seconds(5, 600).optional(), 'Time that server and worker may take to stop.', {
      otherwise: 'by `environment`',
    }),
    replicas,
    maxReplicas,
    variables: setting(
      variables.default({}),
      'Additional environment variables of server and worker; `.env.example` documents them. They override what the stack sets.',
    ),
    serviceAnnotations: setting(annotations.default({}), 'Annotations of the Service.', KUBERNETES),
    ...partSettings,
  }),
  worker: group('Indexes repositories. Always part of a stack on Kubernetes; on Docker with the profile `worker`.', {
    memory: setting(memory.optional(), MEMORY, { otherwise: '2048, on Kubernetes by `size`' }),
    cpus: setting(cpus.optional(), CPUS, { otherwise: BY_SIZE }),
    replicas,
    maxReplicas,
    scaleOn: setting(
      oneOf('cpu', 'queue').default('cpu'),
      'Metric that scales the workers: `cpu`, or `queue` for the number of open jobs, which the cluster must serve ([autoscaling](kubernetes.md#autoscaling)).',
      KUBERNETES,
    ),
    prometheus: setting(
      url('http:', 'https:')
        .refine(isBare, {
          error:
            'must be a URL without a login, a "?" and a "#", such as http://prometheus-operated.monitoring.svc:9090',
        })
        .optional(),
      'URL of a Prometheus. With `scaleOn: queue`, KEDA queries it for the number of open jobs and scales the workers.',
      { ...KUBERNETES, otherwise: 'none: an HPA uses the cluster’s metric' },
    ),
    clones: setting(
      storage('512Mi').default('20Gi'),
      'Disk for the clones of a worker. A single clone may take a fifth of it.',
      KUBERNETES,
    ),
    clonesClaim: setting(
      flag.default(false),
      'Keep the clones on a volume of `kubernetes.storageClass` that is claimed for each pod and deleted with it, instead of the node’s disk ([volumes](volumes.md)).',
      KUBERNETES,
    ),
    storageClass: storageClass('clones, with `clonesClaim`'),
    ...partSettings,
  }),
  database,
  postgres: group('Postgres in the stack.', {
    port: setting(
      port.default(5432),
      'Port on 127.0.0.1, through which this program creates roles and grants.',
      DOCKER,
    ),
    image: setting(
      imageReference.default('pgvector/pgvector:pg17'),
      'Image with pgvector. On Kubernetes, [backups](backup.md) of an existing database use it too, so its version must not be older than that database’s.',
    ),
    version: setting(
      whole(13, 99).optional(),
      'Major version of Postgres in `image`, if its tag does not say it. A different major version cannot open existing data ([upgrading](upgrading.md)).',
      { ...DOCKER, otherwise: 'from the tag' },
    ),
    memory: setting(memory.optional(), MEMORY, { otherwise: '1024, on Kubernetes by `size`' }),
    cpus: setting(cpus.optional(), CPUS, { otherwise: BY_SIZE }),
    storage: setting(
      storage('1Gi').optional(),
      'Size of the volume, and of the disk that a restore test may use on a node.',
      ofSize,
    ),
    walStorage: setting(
      storage('256Mi').optional(),
      'Size of the volume for the write-ahead log. `max_wal_size` is at most half of it.',
      ofSize,
    ),
    storageClass: storageClass('both volumes'),
    parameters: setting(
      parameters.default({}),
      'More parameters of Postgres, such as `log_min_duration_statement: 500ms`. They override the stack’s own.',
    ),
    sharedBuffers: setting(mebibytes(16).optional(), '`shared_buffers`. Must be less than `memory`.', {
      otherwise: 'a quarter of `memory`',
    }),
    maintenanceMemory: setting(mebibytes(16).optional(), '`maintenance_work_mem`, used to build a vector index.', {
      otherwise: 'a quarter of `memory`',
    }),
    sharedMemory: setting(mebibytes(64).optional(), 'Size of /dev/shm.', {
      otherwise: '`maintenanceMemory` + 64',
    }),
    tls: setting(
      flag.optional(),
      'Encrypt all connections with a certificate that this program creates and clients verify ([security](security.md#the-database)).',
      { otherwise: '`false`, on Kubernetes `true`' },
    ),
    tlsSecret: setting(
      objectName('a Secret').optional(),
      'Existing Secret with `tls.crt`, `tls.key` and `ca.crt`, such as one from cert-manager, to use instead of that certificate.',
      { ...KUBERNETES, otherwise: 'none' },
    ),
    ...partSettings,
  }),
  ollama: group('Ollama, which runs an embedding model for search by meaning.', {
    enabled: setting(flag.default(true), 'With `false`, search by meaning uses only the model in the package.'),
    url: setting(
      url('http:', 'https:')
        .refine(isBare, {
          error: 'must be a URL without a login, a "?" and a "#", such as http://ollama.example.com:11434',
        })
        .optional(),
      'An existing Ollama to use instead of the container. Use `host.docker.internal` for this machine.',
      { otherwise: 'none' },
    ),
    port: setting(port.optional(), 'Port on 127.0.0.1 to publish.', {
      ...DOCKER,
      otherwise: 'none',
    }),
    model: setting(
      text(MODEL, 'the name of a model').default('all-minilm'),
      'Embedding model. Include the address of a private registry, as in `registry.example.com/library/all-minilm`.',
    ),
    insecure: setting(flag.default(false), 'Pull from that registry without TLS.'),
    gpu: setting(
      oneOf('none', 'nvidia', 'amd').default('none'),
      '`none`, `nvidia` (needs the NVIDIA Container Toolkit) or `amd` (uses the image `ollama/ollama:…-rocm`).',
    ),
    gpuResource: setting(resourceName.optional(), 'Resource name of the GPUs.', {
      ...KUBERNETES,
      otherwise: '`nvidia.com/gpu` or `amd.com/gpu`',
    }),
    gpus: setting(whole(1, 16).optional(), 'Number of GPUs.', { otherwise: 'all, on Kubernetes 1' }),
    gpuDevices: setting(
      listOf(text(/^[\w./:=-]+$/, 'a GPU such as 0 or /dev/dri/renderD128'), 'GPUs')
        .refine((devices) => new Set(devices).size === devices.length, { error: 'has duplicate entries' })
        .default([]),
      'GPUs to use: of NVIDIA by index or UUID, of AMD by device such as `/dev/dri/renderD128`, or by the engine’s CDI name such as `nvidia.com/gpu=0`. If empty, all.',
      DOCKER,
    ),
    tolerateTaints: setting(
      listOf(taintKey, 'keys of taints').default([]),
      'Keys of taints to tolerate; `gpuResource` is always tolerated.',
      KUBERNETES,
    ),
    image: setting(
      imageReference.default(OLLAMA_IMAGE),
      'Image of Ollama. The default with `gpu: amd` ends in `-rocm`.',
    ),
    memory: setting(memory.optional(), MEMORY, { otherwise: '4096' }),
    cpus: setting(cpus.optional(), CPUS, { otherwise: BY_SIZE }),
    storage: setting(storage('1Gi').default('10Gi'), 'Size of the volume.', KUBERNETES),
    storageClass: storageClass('the volume'),
    ...partSettings,
    env: setting(
      sourcedVariables.optional(),
      'Environment variables by name, such as `OLLAMA_KEEP_ALIVE: 24h`: a text, or on Kubernetes a source such as `{secretKeyRef: {name, key}}`. They override the stack’s own.',
      { otherwise: 'none' },
    ),
  }),
}
