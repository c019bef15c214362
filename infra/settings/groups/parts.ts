import { certificates } from '../certificates.ts'
import {
  checkedText,
  cpus,
  flag,
  group,
  isBare,
  listOf,
  mebibytes,
  memory,
  oneOf,
  optionalGroup,
  port,
  seconds,
  secretText,
  secretUrl,
  setting,
  storage,
  text,
  url,
  whole,
} from '../kinds.ts'
import { annotations, hostOrAddress, imageReference, objectName, resourceName, taintKey } from '../kubernetes-kinds.ts'
import { variables } from '../pod-kinds.ts'
import { partSettings } from './pods.ts'

const KUBERNETES = { target: 'kubernetes' } as const
const DOCKER = { target: 'docker' } as const
const POSTGRES = ['postgres:', 'postgresql:'] as const
const BY_SIZE = 'none, on Kubernetes by `size`'

const isMoment = (value: string) =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(value) && !Number.isNaN(Date.parse(value))

const serverName = text(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and "-"')

/** As Ollama takes it apart: a host, a namespace, the model, and a tag. */
const MODEL = /^(?:http:\/\/)?(?:(?:\w[\w.-]*(?::\d{1,5})?\/)?\w[\w.-]{0,79}\/)?\w[\w.-]{0,79}(?::\w[\w.-]{0,79})?$/

const CPUS = 'Limit of CPUs, such as 1.5; on Kubernetes what is requested.'
const MEMORY = 'Limit of memory.'

const replicas = setting(whole(1, 100).optional(), 'Pods, at least.', { ...KUBERNETES, otherwise: 'by `size`' })
const maxReplicas = setting(whole(1, 1000).optional(), 'Pods, at most: more are started under load.', {
  ...KUBERNETES,
  otherwise: '`replicas`, else by `size`',
})
const ofSize = { ...KUBERNETES, otherwise: 'by `size`' }

export const OLLAMA_IMAGE = 'ollama/ollama:0.17.4'

/** What the stack consists of. */
export const parts = {
  server: group('The MCP server.', {
    port: setting(port.default(8000), 'Port on 127.0.0.1.', DOCKER),
    logLevel: setting(
      oneOf('debug', 'info', 'warn', 'error').default('info'),
      'Level of logs of server and worker: `debug`, `info`, `warn` or `error`.',
    ),
    memory: setting(memory.optional(), MEMORY, { otherwise: '2048, on Kubernetes by `size`' }),
    cpus: setting(cpus.optional(), CPUS, { otherwise: BY_SIZE }),
    grace: setting(seconds(5, 600).optional(), 'Time that server and worker have to stop.', {
      otherwise: 'by `environment`',
    }),
    replicas,
    maxReplicas,
    variables: setting(
      variables.default({}),
      'Further environment variables of server and worker, as `.env.example` documents them; they win over what the stack sets.',
    ),
    serviceAnnotations: setting(annotations.default({}), 'Annotations of the Service.', KUBERNETES),
    ...partSettings,
  }),
  worker: group('What indexes: always there on Kubernetes, by the profile `worker` on Docker.', {
    memory: setting(memory.optional(), MEMORY, { otherwise: '2048, on Kubernetes by `size`' }),
    cpus: setting(cpus.optional(), CPUS, { otherwise: BY_SIZE }),
    replicas,
    maxReplicas,
    scaleOn: setting(
      oneOf('cpu', 'queue').default('cpu'),
      'What the number of workers follows: `cpu`, or `queue` for the number of open jobs, where the cluster serves that metric ([autoscaling](kubernetes.md#autoscaling)).',
      KUBERNETES,
    ),
    prometheus: setting(
      url('http:', 'https:')
        .refine(isBare, {
          error:
            'must be a URL without a login, a "?" and a "#", such as http://prometheus-operated.monitoring.svc:9090',
        })
        .optional(),
      'URL of the Prometheus that KEDA asks for the number of open jobs, with `scaleOn: queue`; it then scales the workers.',
      { ...KUBERNETES, otherwise: 'none: an HPA asks the cluster for that metric' },
    ),
    clones: setting(
      storage('512Mi').default('20Gi'),
      'Disk for the clones of one worker; one clone may take a fifth of it.',
      KUBERNETES,
    ),
    ...partSettings,
  }),
  database: group('A database of your own in place of the container.', {
    url: setting(
      secretUrl(...POSTGRES).optional(),
      'What the service connects with, `postgres://user:password@host:port/name`; this machine is `host.docker.internal`. The database needs the extension `vector`. A secret.',
    ),
    migrationUrl: setting(
      secretUrl(...POSTGRES).optional(),
      'The same with the owner of the schema, where the first login may only read and write rows. A secret.',
    ),
    ca: setting(
      certificates.optional(),
      'Certificate of the authority that `url` is checked by: a text in PEM, on Kubernetes also `{configMap: NAME}` or `{secret: NAME}` with their `key`, else `ca.crt`.',
      { otherwise: 'those that the image knows' },
    ),
    external: setting(
      optionalGroup({
        host: setting(hostOrAddress, 'Host of the server.', { otherwise: 'none, required' }),
        port: setting(port.default(5432), 'Port of the server.'),
        user: setting(
          text(/^(?!pg_)\S{1,63}$/, 'the name of a role, which begins with another word than pg_').default('postgres'),
          'Role that makes database, roles and grants.',
        ),
        password: setting(secretText, 'Password of that role. A secret.', { otherwise: 'none, required' }),
        superuser: setting(flag.default(false), 'Whether that role is a superuser; `false` on managed servers.'),
        sslMode: setting(
          oneOf('disable', 'require', 'verify-full').default('require'),
          '`disable`, `require` or `verify-full`.',
        ),
        ca: setting(certificates.optional(), 'Certificate of the authority that it is checked by, as `database.ca`.', {
          otherwise: 'those that the image knows',
        }),
      }),
      'A server of your own, in which this program makes database, roles, grants and extension.',
      KUBERNETES,
    ),
    cnpg: setting(
      optionalGroup({
        instances: setting(whole(1, 9).default(3), 'Instances of Postgres.'),
        image: setting(
          imageReference.default('ghcr.io/cloudnative-pg/postgresql:17-standard-trixie'),
          'Image with pgvector.',
        ),
        archive: setting(
          optionalGroup({
            name: setting(serverName.optional(), 'Folder of this cluster in the bucket.', {
              otherwise: 'the name of the Cluster, `postgres`',
            }),
            days: setting(whole(1, 3650).default(30), 'Days of the past that can be recovered.'),
            recoverFrom: setting(
              serverName.optional(),
              'Folder in the bucket of another cluster, which a new one begins with ([backup](backup.md#recover-to-a-moment)).',
              { otherwise: 'none: it begins empty' },
            ),
            recoverUntil: setting(
              checkedText(isMoment, 'a moment in UTC such as 2026-05-31T09:30:00Z').optional(),
              'Moment up to which that one is recovered.',
              { otherwise: 'its end' },
            ),
          }),
          'Base backups by `backup.schedule` and the write-ahead log, in the bucket of `backup`, by the plugin Barman Cloud, which has to be there.',
          { otherwise: 'none' },
        ),
      }),
      'A cluster of CloudNativePG, whose operator has to be there.',
      KUBERNETES,
    ),
  }),
  postgres: group('Postgres in the stack.', {
    port: setting(port.default(5432), 'Port on 127.0.0.1, by which roles and grants are made.', DOCKER),
    image: setting(
      imageReference.default('pgvector/pgvector:pg17'),
      'Image with pgvector. On Kubernetes [backups](backup.md) of a database of your own are made and tested with it too, so it has to be as new as that.',
    ),
    version: setting(
      whole(13, 99).optional(),
      'Major version of Postgres in `image`, where its tag does not say it. Another one does not open the files that are there ([upgrading](upgrading.md)).',
      { ...DOCKER, otherwise: 'that of the tag' },
    ),
    memory: setting(memory.optional(), MEMORY, { otherwise: '1024, on Kubernetes by `size`' }),
    cpus: setting(cpus.optional(), CPUS, { otherwise: BY_SIZE }),
    storage: setting(
      storage('1Gi').optional(),
      'Size of the volume; also what a restore test may take of a node’s disk.',
      ofSize,
    ),
    walStorage: setting(
      storage('256Mi').optional(),
      'Size of the volume for the write-ahead log, of which `max_wal_size` is at most half.',
      ofSize,
    ),
    sharedBuffers: setting(mebibytes(16).optional(), '`shared_buffers`, less than `memory`.', {
      otherwise: 'a quarter of `memory`',
    }),
    maintenanceMemory: setting(
      mebibytes(16).optional(),
      '`maintenance_work_mem`, with which a vector index is built.',
      { otherwise: 'a quarter of `memory`' },
    ),
    sharedMemory: setting(mebibytes(64).optional(), 'Size of /dev/shm.', {
      otherwise: '`maintenanceMemory` and 64 more',
    }),
    tls: setting(
      flag.optional(),
      'Whether all connections to it are encrypted, by a certificate that this program makes and clients check ([security](security.md#the-database)).',
      { otherwise: '`false`, on Kubernetes `true`' },
    ),
    tlsSecret: setting(
      objectName('a Secret').optional(),
      'Existing Secret with `tls.crt`, `tls.key` and `ca.crt`, such as cert-manager makes it, in place of that certificate.',
      { ...KUBERNETES, otherwise: 'none' },
    ),
    ...partSettings,
  }),
  ollama: group('Ollama, which embeds code for search by meaning.', {
    enabled: setting(flag.default(true), 'With `false`, search by meaning uses the model in the package alone.'),
    url: setting(
      url('http:', 'https:')
        .refine(isBare, {
          error: 'must be a URL without a login, a "?" and a "#", such as http://ollama.example.com:11434',
        })
        .optional(),
      'An existing Ollama in place of the container; this machine is `host.docker.internal`.',
      { otherwise: 'none' },
    ),
    port: setting(port.optional(), 'Port on 127.0.0.1 at which the container is published.', {
      ...DOCKER,
      otherwise: 'none',
    }),
    model: setting(
      text(MODEL, 'the name of a model').default('all-minilm'),
      'Embedding model; one of a private registry is written with its address, `registry.example.com/library/all-minilm`.',
    ),
    insecure: setting(flag.default(false), 'Whether that registry is reached without TLS.'),
    gpu: setting(
      oneOf('none', 'nvidia', 'amd').default('none'),
      '`none`, `nvidia` (with its container toolkit) or `amd` (whose image is `ollama/ollama:…-rocm`).',
    ),
    gpuResource: setting(resourceName.optional(), 'What a node calls its GPUs.', {
      ...KUBERNETES,
      otherwise: '`nvidia.com/gpu` or `amd.com/gpu`',
    }),
    gpus: setting(whole(1, 16).default(1), 'Number of GPUs.', KUBERNETES),
    runtimeClass: setting(objectName('a RuntimeClass').optional(), 'Name of an existing RuntimeClass.', {
      ...KUBERNETES,
      otherwise: 'none',
    }),
    tolerateTaints: setting(
      listOf(taintKey, 'keys of taints').default([]),
      'Keys of taints; that of `gpuResource` is tolerated in any case.',
      KUBERNETES,
    ),
    image: setting(
      imageReference.default(OLLAMA_IMAGE),
      'Image of Ollama; with `gpu: amd` and none given the one with `-rocm`.',
    ),
    memory: setting(memory.optional(), MEMORY, { otherwise: '4096' }),
    cpus: setting(cpus.optional(), CPUS, { otherwise: BY_SIZE }),
    storage: setting(storage('1Gi').default('10Gi'), 'Size of the volume.', KUBERNETES),
    ...partSettings,
  }),
}
