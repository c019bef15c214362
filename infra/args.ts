// Generated from infra/settings/schema.ts by npm run generate.
import type { Input } from '@pulumi/pulumi'

/** The settings of a stack on a Docker engine. */
export interface DockerArgs {
  /** development, staging or production: sets how long containers may take to stop (15, 30 or 60 seconds). @default development */
  readonly environment?: 'development' | 'staging' | 'production'
  /** Prefix of the names of containers, volumes and networks. Two stacks on one engine need different names. @default codebase-mcp */
  readonly name?: string
  /** false removes the containers and keeps volumes, passwords and roles, as npm run down does. @default true */
  readonly running?: boolean
  /** Keep volumes, passwords and roles on pulumi destroy. @default true */
  readonly protectData?: boolean
  /** Policies that this stack breaks on purpose. Their violations are reported but not refused. @default [] */
  readonly acceptedPolicies?: readonly ('probes' | 'limits' | 'image-tag' | 'image-digest' | 'non-root' | 'unprivileged' | 'no-api-token' | 'host-namespaces' | 'host-path' | 'load-balancer-sources' | 'public-port' | 'plain-secret' | 'secret-as-file' | 'secret-in-environment' | 'labels' | 'marked-secret')[]
  /** Optional parts. On Docker: mcp (bridges MCP over stdio to the server), worker (indexes instead of the server) and monitoring. On Kubernetes: monitoring. @default [] */
  readonly profiles?: readonly ('mcp' | 'worker' | 'monitoring')[]
  /** Run the server from service/ in this checkout, and restart it on every change. @default false */
  readonly liveReload?: boolean
  /** Repositories to index. On Docker: folders, absolute or relative to this project. On Kubernetes: URLs such as https://git.example.com/team/shop.git#main, with a branch or tag after #. Write name=… to choose the name. @default [] */
  readonly repositories?: readonly string[]
  /** The MCP server. */
  readonly server?: {
    /** Port on 127.0.0.1. @default 8000 */
    readonly port?: number
    /** Log level of server and worker: debug, info, warn or error. @default info */
    readonly logLevel?: 'debug' | 'info' | 'warn' | 'error'
    /** Memory limit, in MiB. @default 2048, on Kubernetes by size */
    readonly memory?: number
    /** CPU limit, such as 1.5; on Kubernetes the CPU request. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Time that server and worker may take to stop, in seconds. @default by environment */
    readonly grace?: number
    /** Additional environment variables of server and worker; .env.example documents them. They override what the stack sets. @default {} */
    readonly variables?: Readonly<Record<string, string>>
  }
  /** Indexes repositories. Always part of a stack on Kubernetes; on Docker with the profile `worker`. */
  readonly worker?: {
    /** Memory limit, in MiB. @default 2048, on Kubernetes by size */
    readonly memory?: number
    /** CPU limit, such as 1.5; on Kubernetes the CPU request. @default none, on Kubernetes by size */
    readonly cpus?: number
  }
  /** An existing database instead of the container. */
  readonly database?: {
    /** Connection URL, postgres://user:password@host:port/name. Use host.docker.internal for this machine. The database needs the extension vector. A secret. @default none */
    readonly url?: string
    /** Connection URL of the schema’s owner, for migrations, if the role in url may only read and write rows. A secret. @default none */
    readonly migrationUrl?: string
    /** CA certificate to verify the server: PEM text, or on Kubernetes {configMap: NAME} or {secret: NAME}, with key if it is not ca.crt. @default the image’s CA certificates */
    readonly ca?: string | { readonly configMap?: string; readonly secret?: string; readonly key?: string }
  }
  /** Postgres in the stack. */
  readonly postgres?: {
    /** Port on 127.0.0.1, through which this program creates roles and grants. @default 5432 */
    readonly port?: number
    /** Image with pgvector. On Kubernetes, backups of an existing database use it too, so its version must not be older than that database’s. @default pgvector/pgvector:pg17 */
    readonly image?: string
    /** Major version of Postgres in image, if its tag does not say it. A different major version cannot open existing data. @default from the tag */
    readonly version?: number
    /** Memory limit, in MiB. @default 1024, on Kubernetes by size */
    readonly memory?: number
    /** CPU limit, such as 1.5; on Kubernetes the CPU request. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** More parameters of Postgres, such as log_min_duration_statement: 500ms. They override the stack’s own. @default {} */
    readonly parameters?: Readonly<Record<string, string>>
    /** shared_buffers, in MiB. Must be less than memory. @default a quarter of memory */
    readonly sharedBuffers?: number
    /** maintenance_work_mem, used to build a vector index, in MiB. @default a quarter of memory */
    readonly maintenanceMemory?: number
    /** Size of /dev/shm, in MiB. @default maintenanceMemory + 64 */
    readonly sharedMemory?: number
    /** Encrypt all connections with a certificate that this program creates and clients verify. @default false, on Kubernetes true */
    readonly tls?: boolean
  }
  /** Ollama, which runs an embedding model for search by meaning. */
  readonly ollama?: {
    /** With false, search by meaning uses only the model in the package. @default true */
    readonly enabled?: boolean
    /** An existing Ollama to use instead of the container. Use host.docker.internal for this machine. @default none */
    readonly url?: string
    /** Port on 127.0.0.1 to publish. @default none */
    readonly port?: number
    /** Embedding model. Include the address of a private registry, as in registry.example.com/library/all-minilm. @default all-minilm */
    readonly model?: string
    /** Pull from that registry without TLS. @default false */
    readonly insecure?: boolean
    /** none, nvidia (needs the NVIDIA Container Toolkit) or amd (uses the image ollama/ollama:…-rocm). @default none */
    readonly gpu?: 'none' | 'nvidia' | 'amd'
    /** Number of GPUs. @default all, on Kubernetes 1 */
    readonly gpus?: number
    /** GPUs to use: of NVIDIA by index or UUID, of AMD by device such as /dev/dri/renderD128, or by the engine’s CDI name such as nvidia.com/gpu=0. If empty, all. @default [] */
    readonly gpuDevices?: readonly string[]
    /** Image of Ollama. The default with gpu: amd ends in -rocm. @default ollama/ollama:0.17.4 */
    readonly image?: string
    /** Memory limit, in MiB. @default 4096 */
    readonly memory?: number
    /** CPU limit, such as 1.5; on Kubernetes the CPU request. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Environment variables by name, such as OLLAMA_KEEP_ALIVE: 24h: a text, or on Kubernetes a source such as {secretKeyRef: {name, key}}. They override the stack’s own. @default none */
    readonly env?: Readonly<Record<string, string | object>>
  }
  /** Prometheus and Grafana of the profile `monitoring`. */
  readonly monitoring?: {
    /** Port of Prometheus on 127.0.0.1. @default 9090 */
    readonly prometheusPort?: number
    /** Image of Prometheus. @default prom/prometheus:v3.5.0 */
    readonly prometheusImage?: string
    /** Port of Grafana on 127.0.0.1. @default 3000 */
    readonly grafanaPort?: number
    /** Image of Grafana. @default grafana/grafana:12.2.0 */
    readonly grafanaImage?: string
    /** How long Prometheus keeps samples. @default 15d */
    readonly retention?: string
    /** Memory limit of each container, in MiB. @default 512 */
    readonly memory?: number
  }
  /** The image of the service. */
  readonly image?: {
    /** Name of the image to build. @default NAME:local */
    readonly name?: string
    /** Base image. @default node:24-trixie-slim */
    readonly base?: string
    /** Platform to build for: linux/amd64 or linux/arm64. @default the engine’s */
    readonly platform?: 'linux/amd64' | 'linux/arm64'
    /** Existing image to use instead of building one. Kubernetes requires this or registry. @default none */
    readonly reference?: string
  }
  /** Settings of all containers. */
  readonly containers?: {
    /** When the engine restarts a container: on-failure, no, or with unless-stopped and always also after the machine was started again. @default on-failure */
    readonly restart?: 'on-failure' | 'unless-stopped' | 'always' | 'no'
    /** How often a failed container is restarted, with restart: on-failure. @default 3 */
    readonly restarts?: number
    /** Maximum number of processes in a container. @default 1024 */
    readonly processes?: number
    /** Log driver of the engine: json-file, local, journald, syslog, fluentd, gelf, awslogs or gcplogs. @default json-file */
    readonly logDriver?: 'json-file' | 'local' | 'journald' | 'syslog' | 'fluentd' | 'gelf' | 'awslogs' | 'gcplogs'
    /** More options of the log driver, such as tag: codebase. @default {} */
    readonly logOptions?: Readonly<Record<string, string>>
    /** Maximum size of a log file, of the drivers json-file and local. @default 10m */
    readonly logSize?: string
    /** Number of log files to keep, of the drivers json-file and local. @default 3 */
    readonly logFiles?: number
    /** Labels of the containers, and of networks and volumes that are created from then on. @default {} */
    readonly labels?: Readonly<Record<string, string>>
    /** DNS servers of the containers. @default [] */
    readonly dns?: readonly string[]
    /** Domains in which the containers look up short names. @default [] */
    readonly dnsSearch?: readonly string[]
    /** Addresses of hosts by name, for hosts that DNS does not resolve. @default {} */
    readonly hosts?: Readonly<Record<string, string>>
  }
  /** Network policies, and how the stack reaches the outside. */
  readonly network?: {
    /** Proxy for all outgoing connections: server, workers and git, model pulls, backups to a bucket, and image builds. URLs with a login are passed in a Secret. */
    readonly proxy?: {
      /** Proxy for https, such as http://proxy.example.com:3128. @default none */
      readonly https?: string
      /** Proxy for http. @default none */
      readonly http?: string
      /** Hosts, domains with a leading dot, addresses and ranges to connect to directly, besides the stack’s own names and ollama.url. @default [] */
      readonly noProxy?: readonly string[]
    }
    /** Additional CA certificates to trust for outgoing connections: PEM text, or on Kubernetes {configMap: NAME} or {secret: NAME}, with key if it is not ca.crt. @default none */
    readonly ca?: string | { readonly configMap?: string; readonly secret?: string; readonly key?: string }
  }
}

/** Pod settings of each part, on a cluster. */
interface PartArgs {
  /** Labels of the pods. Selectors do not use them. @default as in kubernetes */
  readonly podLabels?: Readonly<Record<string, string>>
  /** Annotations of the pods. @default as in kubernetes */
  readonly podAnnotations?: Readonly<Record<string, string>>
  /** Labels that a node must have. @default as in kubernetes */
  readonly nodeSelector?: Readonly<Record<string, string>>
  /** Tolerations, as in a pod. @default as in kubernetes */
  readonly tolerations?: readonly ({ readonly key?: string; readonly operator?: 'Equal' | 'Exists' | 'Lt' | 'Gt'; readonly value?: string; readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'; readonly tolerationSeconds?: number })[]
  /** Affinity, as in a pod. @default as in kubernetes */
  readonly affinity?: object
  /** Topology spread constraints, as in a pod. By default, servers and workers spread over nodes and zones. @default as in kubernetes */
  readonly topologySpreadConstraints?: readonly object[]
  /** Host aliases, as in a pod, for hosts that DNS does not resolve. @default as in kubernetes */
  readonly hostAliases?: readonly ({ readonly ip: string; readonly hostnames: readonly string[] })[]
  /** DNS name servers, search domains and options, as in a pod. @default as in kubernetes */
  readonly dnsConfig?: { readonly nameservers?: readonly string[]; readonly searches?: readonly string[]; readonly options?: readonly ({ readonly name: string; readonly value?: string })[] }
  /** Supplemental groups of the user that the pods run as. @default as in kubernetes */
  readonly supplementalGroups?: readonly number[]
  /** When to pull images: Always, IfNotPresent or Never. @default as in kubernetes */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never'
  /** Name of an existing PriorityClass. @default as in kubernetes */
  readonly priorityClass?: string
  /** Name of an existing RuntimeClass, such as one of a sandbox or of GPUs. @default as in kubernetes */
  readonly runtimeClass?: string
  /** CPU limit of each container of the stack, or its request if that is more. Set it where a quota or a policy requires limits. @default as in kubernetes */
  readonly cpuLimit?: number
  /** Name of the scheduler. @default as in kubernetes */
  readonly schedulerName?: string
  /** ServiceAccount of the pods, {name, create, annotations}. It is created unless create is false. Its token is never mounted. @default as in kubernetes */
  readonly serviceAccount?: { readonly name: string; readonly create?: boolean; readonly annotations?: Readonly<Record<string, string>> }
  /** Environment variables by name: a text, or a source such as {secretKeyRef: {name, key}}. They override the stack’s own. Encrypted values are passed in a Secret. @default none */
  readonly env?: Readonly<Record<string, string | object>>
  /** Additional volumes, as in a pod. @default none */
  readonly volumes?: readonly ({ readonly name: string; readonly [key: string]: unknown })[]
  /** Where to mount them, as in a container. @default none */
  readonly volumeMounts?: readonly ({ readonly name: string; readonly mountPath: string; readonly [key: string]: unknown })[]
  /** Additional containers (sidecars), as in a pod. @default none */
  readonly containers?: readonly ({ readonly name: string; readonly image: string; readonly [key: string]: unknown })[]
  /** Additional init containers, as in a pod. With restartPolicy: Always, a container keeps running as a sidecar, also in a Job. @default none */
  readonly initContainers?: readonly ({ readonly name: string; readonly image: string; readonly [key: string]: unknown })[]
}

/** The settings of a stack on a cluster. */
export interface KubernetesArgs {
  /** development, staging or production: sets how long containers may take to stop (15, 30 or 60 seconds). @default development */
  readonly environment?: 'development' | 'staging' | 'production'
  /** small, medium or large: sets the defaults of requests, replicas and volumes. @default small */
  readonly size?: 'small' | 'medium' | 'large'
  /** Prefix of the names of containers, volumes and networks. Two stacks on one engine need different names. @default codebase-mcp */
  readonly name?: string
  /** false removes the containers and keeps volumes, passwords and roles, as npm run down does. @default true */
  readonly running?: boolean
  /** Keep volumes, passwords and roles on pulumi destroy. @default true */
  readonly protectData?: boolean
  /** Policies that this stack breaks on purpose. Their violations are reported but not refused. @default [] */
  readonly acceptedPolicies?: readonly ('probes' | 'limits' | 'image-tag' | 'image-digest' | 'non-root' | 'unprivileged' | 'no-api-token' | 'host-namespaces' | 'host-path' | 'load-balancer-sources' | 'public-port' | 'plain-secret' | 'secret-as-file' | 'secret-in-environment' | 'labels' | 'marked-secret')[]
  /** Optional parts. On Docker: mcp (bridges MCP over stdio to the server), worker (indexes instead of the server) and monitoring. On Kubernetes: monitoring. @default [] */
  readonly profiles?: readonly ('mcp' | 'worker' | 'monitoring')[]
  /** Repositories to index. On Docker: folders, absolute or relative to this project. On Kubernetes: URLs such as https://git.example.com/team/shop.git#main, with a branch or tag after #. Write name=… to choose the name. @default [] */
  readonly repositories?: readonly string[]
  /** File with more repositories to index, one on each line, for long lists. Absolute or relative to this project. Empty lines and lines that start with # are ignored. @default "" */
  readonly repositoriesFile?: string
  /** Organisations and groups whose repositories to index, each with kind (github, gitlab or gitea) and url, and optionally include, exclude, archived and forks. @default [] */
  readonly sources?: readonly ({ readonly kind: 'github' | 'gitlab' | 'gitea'; readonly url: string; readonly include?: readonly string[]; readonly exclude?: readonly string[]; readonly archived?: boolean; readonly forks?: boolean })[]
  /** The MCP server. */
  readonly server?: PartArgs & {
    /** Log level of server and worker: debug, info, warn or error. @default info */
    readonly logLevel?: 'debug' | 'info' | 'warn' | 'error'
    /** Memory limit, in MiB. @default 2048, on Kubernetes by size */
    readonly memory?: number
    /** CPU limit, such as 1.5; on Kubernetes the CPU request. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Time that server and worker may take to stop, in seconds. @default by environment */
    readonly grace?: number
    /** Minimum number of pods. @default by size */
    readonly replicas?: number
    /** Maximum number of pods under load. @default replicas, else by size */
    readonly maxReplicas?: number
    /** Additional environment variables of server and worker; .env.example documents them. They override what the stack sets. @default {} */
    readonly variables?: Readonly<Record<string, string>>
    /** Annotations of the Service. @default {} */
    readonly serviceAnnotations?: Readonly<Record<string, string>>
  }
  /** Indexes repositories. Always part of a stack on Kubernetes; on Docker with the profile `worker`. */
  readonly worker?: PartArgs & {
    /** Memory limit, in MiB. @default 2048, on Kubernetes by size */
    readonly memory?: number
    /** CPU limit, such as 1.5; on Kubernetes the CPU request. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Minimum number of pods. @default by size */
    readonly replicas?: number
    /** Maximum number of pods under load. @default replicas, else by size */
    readonly maxReplicas?: number
    /** Metric that scales the workers: cpu, or queue for the number of open jobs, which the cluster must serve. @default cpu */
    readonly scaleOn?: 'cpu' | 'queue'
    /** URL of a Prometheus. With scaleOn: queue, KEDA queries it for the number of open jobs and scales the workers. @default none: an HPA uses the cluster’s metric */
    readonly prometheus?: string
    /** Disk for the clones of a worker. A single clone may take a fifth of it. @default 20Gi */
    readonly clones?: string
    /** Keep the clones on a volume of kubernetes.storageClass that is claimed for each pod and deleted with it, instead of the node’s disk. @default false */
    readonly clonesClaim?: boolean
    /** StorageClass of clones, with clonesClaim. @default kubernetes.storageClass */
    readonly storageClass?: string
  }
  /** An existing database instead of the container. */
  readonly database?: {
    /** Connection URL, postgres://user:password@host:port/name. Use host.docker.internal for this machine. The database needs the extension vector. A secret. @default none */
    readonly url?: string
    /** Connection URL of the schema’s owner, for migrations, if the role in url may only read and write rows. A secret. @default none */
    readonly migrationUrl?: string
    /** CA certificate to verify the server: PEM text, or on Kubernetes {configMap: NAME} or {secret: NAME}, with key if it is not ca.crt. @default the image’s CA certificates */
    readonly ca?: string | { readonly configMap?: string; readonly secret?: string; readonly key?: string }
    /** An existing Postgres server in which this program creates the database, roles, grants and extension. */
    readonly external?: {
      /** Host name or address. @default none, required */
      readonly host?: string
      /** Port. @default 5432 */
      readonly port?: number
      /** Name of the database, and of the roles that use it: NAME, NAME_migrator and logins such as NAME_e3b0c442. Stacks that share a server need different names. @default codebase */
      readonly name?: string
      /** Role that creates the database, roles and grants. @default postgres */
      readonly user?: string
      /** Password of that role. A secret. @default none, required */
      readonly password?: Input<string>
      /** Whether that role is a superuser. On managed servers it is not. @default false */
      readonly superuser?: boolean
      /** disable, require, verify-ca (verifies the certificate, which requires ca) or verify-full (also the server’s name). @default require */
      readonly sslMode?: 'disable' | 'require' | 'verify-ca' | 'verify-full'
      /** CA certificate to verify the server, as in database.ca. @default the image’s CA certificates */
      readonly ca?: string | { readonly configMap?: string; readonly secret?: string; readonly key?: string }
    }
    /** A CloudNativePG cluster. Its operator must be installed. */
    readonly cnpg?: {
      /** Number of Postgres instances. @default 3 */
      readonly instances?: number
      /** Image with pgvector. @default ghcr.io/cloudnative-pg/postgresql:17-standard-trixie */
      readonly image?: string
      /** Archives base backups on `backup.schedule` and the write-ahead log to the bucket of `backup`, through the Barman Cloud plugin, which must be installed. */
      readonly archive?: {
        /** Folder of this cluster in the bucket. @default the name of the Cluster, postgres */
        readonly name?: string
        /** Recovery window, in days. @default 30 */
        readonly days?: number
        /** Folder in the bucket of the cluster to recover from. Only a new cluster reads it. @default none: the cluster starts empty */
        readonly recoverFrom?: string
        /** Recovery target time. @default the end of the archive */
        readonly recoverUntil?: string
      }
    }
  }
  /** Postgres in the stack. */
  readonly postgres?: PartArgs & {
    /** Image with pgvector. On Kubernetes, backups of an existing database use it too, so its version must not be older than that database’s. @default pgvector/pgvector:pg17 */
    readonly image?: string
    /** Memory limit, in MiB. @default 1024, on Kubernetes by size */
    readonly memory?: number
    /** CPU limit, such as 1.5; on Kubernetes the CPU request. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Size of the volume, and of the disk that a restore test may use on a node. @default by size */
    readonly storage?: string
    /** Size of the volume for the write-ahead log. max_wal_size is at most half of it. @default by size */
    readonly walStorage?: string
    /** StorageClass of both volumes. @default kubernetes.storageClass */
    readonly storageClass?: string
    /** More parameters of Postgres, such as log_min_duration_statement: 500ms. They override the stack’s own. @default {} */
    readonly parameters?: Readonly<Record<string, string>>
    /** shared_buffers, in MiB. Must be less than memory. @default a quarter of memory */
    readonly sharedBuffers?: number
    /** maintenance_work_mem, used to build a vector index, in MiB. @default a quarter of memory */
    readonly maintenanceMemory?: number
    /** Size of /dev/shm, in MiB. @default maintenanceMemory + 64 */
    readonly sharedMemory?: number
    /** Encrypt all connections with a certificate that this program creates and clients verify. @default false, on Kubernetes true */
    readonly tls?: boolean
    /** Existing Secret with tls.crt, tls.key and ca.crt, such as one from cert-manager, to use instead of that certificate. @default none */
    readonly tlsSecret?: string
  }
  /** Ollama, which runs an embedding model for search by meaning. */
  readonly ollama?: PartArgs & {
    /** With false, search by meaning uses only the model in the package. @default true */
    readonly enabled?: boolean
    /** An existing Ollama to use instead of the container. Use host.docker.internal for this machine. @default none */
    readonly url?: string
    /** Embedding model. Include the address of a private registry, as in registry.example.com/library/all-minilm. @default all-minilm */
    readonly model?: string
    /** Pull from that registry without TLS. @default false */
    readonly insecure?: boolean
    /** none, nvidia (needs the NVIDIA Container Toolkit) or amd (uses the image ollama/ollama:…-rocm). @default none */
    readonly gpu?: 'none' | 'nvidia' | 'amd'
    /** Resource name of the GPUs. @default nvidia.com/gpu or amd.com/gpu */
    readonly gpuResource?: string
    /** Number of GPUs. @default all, on Kubernetes 1 */
    readonly gpus?: number
    /** Keys of taints to tolerate; gpuResource is always tolerated. @default [] */
    readonly tolerateTaints?: readonly string[]
    /** Image of Ollama. The default with gpu: amd ends in -rocm. @default ollama/ollama:0.17.4 */
    readonly image?: string
    /** Memory limit, in MiB. @default 4096 */
    readonly memory?: number
    /** CPU limit, such as 1.5; on Kubernetes the CPU request. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Size of the volume. @default 10Gi */
    readonly storage?: string
    /** StorageClass of the volume. @default kubernetes.storageClass */
    readonly storageClass?: string
  }
  /** Prometheus and Grafana of the profile `monitoring`. */
  readonly monitoring?: {
    /** Labels by which Prometheus and Grafana select their objects, such as release: kube-prometheus-stack. @default {} */
    readonly labels?: Readonly<Record<string, string>>
    /** Namespace whose pods may scrape metrics. @default monitoring */
    readonly namespace?: string
  }
  /** The image of the service. */
  readonly image?: {
    /** Base image. @default node:24-trixie-slim */
    readonly base?: string
    /** Existing image to use instead of building one. Kubernetes requires this or registry. @default none */
    readonly reference?: string
    /** Registry to push the image to, such as registry.example.com/team: up builds and pushes it, and pods run it by digest. @default none */
    readonly registry?: string
    /** Platforms to build for: linux/amd64, linux/arm64 or both. @default ["linux/amd64"] */
    readonly platforms?: readonly ('linux/amd64' | 'linux/arm64')[]
    /** User for the push. @default that of docker login */
    readonly user?: string
    /** Password or token for the push. A secret. @default that of docker login */
    readonly password?: Input<string>
  }
  /** The cluster, and settings of all objects in it. The [pod settings](#pod-settings) here apply to all pods. */
  readonly kubernetes?: {
    /** Context in the kubeconfig. @default the ServiceAccount if the program runs in a pod, else the current context */
    readonly context?: string
    /** Identifier of the cluster, independent of the kubeconfig. Changing it replaces every object. @default the context */
    readonly cluster?: string
    /** Namespace of all objects. @default name */
    readonly namespace?: string
    /** With false, the namespace must exist. @default true */
    readonly createNamespace?: boolean
    /** Prefix of every object’s name, so that two stacks can share a namespace. @default "" */
    readonly prefix?: string
    /** StorageClass of the volumes. @default the cluster’s default */
    readonly storageClass?: string
    /** Secret to pull images with. @default none */
    readonly pullSecret?: string
    /** Secrets to pull images with, if there are several. @default [] */
    readonly pullSecrets?: readonly string[]
    /** User ID that all pods run as. null leaves the choice to the cluster, as OpenShift requires. @default 10001 */
    readonly user?: number
    /** Labels of every object and pod. Selectors do not use them. @default {} */
    readonly labels?: Readonly<Record<string, string>>
    /** Annotations of every object. @default {} */
    readonly annotations?: Readonly<Record<string, string>>
    /** Labels of the pods. Selectors do not use them. @default none */
    readonly podLabels?: Readonly<Record<string, string>>
    /** Annotations of the pods. @default none */
    readonly podAnnotations?: Readonly<Record<string, string>>
    /** Labels that a node must have. @default none */
    readonly nodeSelector?: Readonly<Record<string, string>>
    /** Tolerations, as in a pod. @default none */
    readonly tolerations?: readonly ({ readonly key?: string; readonly operator?: 'Equal' | 'Exists' | 'Lt' | 'Gt'; readonly value?: string; readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'; readonly tolerationSeconds?: number })[]
    /** Affinity, as in a pod. @default none */
    readonly affinity?: object
    /** Topology spread constraints, as in a pod. By default, servers and workers spread over nodes and zones. @default none */
    readonly topologySpreadConstraints?: readonly object[]
    /** Host aliases, as in a pod, for hosts that DNS does not resolve. @default none */
    readonly hostAliases?: readonly ({ readonly ip: string; readonly hostnames: readonly string[] })[]
    /** DNS name servers, search domains and options, as in a pod. @default none */
    readonly dnsConfig?: { readonly nameservers?: readonly string[]; readonly searches?: readonly string[]; readonly options?: readonly ({ readonly name: string; readonly value?: string })[] }
    /** Supplemental groups of the user that the pods run as. @default none */
    readonly supplementalGroups?: readonly number[]
    /** When to pull images: Always, IfNotPresent or Never. @default none */
    readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never'
    /** Name of an existing PriorityClass. @default none */
    readonly priorityClass?: string
    /** Name of an existing RuntimeClass, such as one of a sandbox or of GPUs. @default none */
    readonly runtimeClass?: string
    /** CPU limit of each container of the stack, or its request if that is more. Set it where a quota or a policy requires limits. @default none */
    readonly cpuLimit?: number
    /** Name of the scheduler. @default none */
    readonly schedulerName?: string
    /** ServiceAccount of the pods, {name, create, annotations}. It is created unless create is false. Its token is never mounted. @default none */
    readonly serviceAccount?: { readonly name: string; readonly create?: boolean; readonly annotations?: Readonly<Record<string, string>> }
    /** CPUs that all pods in the namespace may request together. @default no quota */
    readonly quotaCpus?: number
    /** Memory that all pods in the namespace may request together, in MiB. @default no quota */
    readonly quotaMemory?: number
    /** Changes to objects, {target: {kind, name}, patch}. A strategic merge patch that is applied last, so policies and plan see its result. Without name, it applies to all objects of that kind. @default [] */
    readonly patches?: readonly ({ readonly target: { readonly kind: string; readonly name?: string }; readonly patch: Readonly<Record<string, unknown>> })[]
    /** Additional objects. They are created in the stack’s namespace unless they name another one. @default [] */
    readonly extraObjects?: readonly ({ readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>>; readonly [key: string]: unknown }; readonly [key: string]: unknown })[]
  }
  /** Pods of Jobs: roles, migration and the pull of the model. */
  readonly jobs?: PartArgs
  /** Access to the server ([authentication](authentication.md)). */
  readonly access?: {
    /** With false, anyone who can reach the server may call it. @default true */
    readonly required?: boolean
    /** Tokens and their scopes, one per line. A secret. @default one generated token */
    readonly tokens?: Input<string>
    /** Issuer of accepted tokens. @default none */
    readonly oidcIssuer?: string
    /** Audience of accepted tokens. @default none */
    readonly oidcAudience?: string
    /** Client ID for sign-in on the web page. Set the client’s secret, if it has one, as OIDC_CLIENT_SECRET in server.env. @default none: the page asks for a token */
    readonly oidcClientId?: string
    /** Scopes that the web page requests. @default ["openid","codebase:read"] */
    readonly oidcScopes?: readonly string[]
    /** Repositories for tokens that name none; * for all. @default [] */
    readonly oidcRepositories?: readonly string[]
    /** Claim that lists a token’s repositories. @default repositories */
    readonly oidcRepositoriesClaim?: string
  }
  /** Access to git servers. */
  readonly git?: {
    /** Credentials for private repositories, as JSON; see GIT_CREDENTIALS in .env.example. A secret. @default none */
    readonly credentials?: Input<string>
    /** URL prefixes of the repositories that agents may add. @default [] */
    readonly allowedUrls?: readonly string[]
    /** Interval between checks for new commits, in seconds; 0 turns them off. @default 300 */
    readonly pollInterval?: number
    /** Interval between checks of sources, in seconds; 0 checks once, at the start. @default 900 */
    readonly sourcesInterval?: number
    /** Secret with which git servers sign webhooks. A secret. @default none */
    readonly webhookSecret?: Input<string>
  }
  /** Names of existing Secrets to use instead of those that this program creates. */
  readonly secrets?: {
    /** Secret with DATABASE_URL, and MIGRATION_DATABASE_URL for the schema’s owner. @default none */
    readonly database?: string
    /** Secret with AUTH_TOKENS. @default none */
    readonly access?: string
    /** Secret with GIT_CREDENTIALS and the files that it names, which are mounted in /run/secrets/git. @default none */
    readonly git?: string
    /** Secret with WEBHOOK_SECRET. @default none */
    readonly webhook?: string
    /** Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. @default none */
    readonly backup?: string
    /** Any text. Change it to restart the pods after the Secrets have changed. @default none */
    readonly version?: string
    /** Store of the External Secrets Operator. The names above then refer to secrets in that store. @default none */
    readonly store?: string
    /** SecretStore or ClusterSecretStore. @default ClusterSecretStore */
    readonly storeKind?: 'SecretStore' | 'ClusterSecretStore'
  }
  /** Access from outside the cluster. */
  readonly edge?: {
    /** gateway (Gateway API), ingress, none, or other for a route that this program does not create, such as an OpenShift Route or a VirtualService of Istio. @default none */
    readonly kind?: 'none' | 'gateway' | 'ingress' | 'other'
    /** Host name that clients use. kind requires this or hosts. @default none */
    readonly host?: string
    /** Host names, if there are several, for example during a move. Printed URLs use host, or else the first of these. @default [] */
    readonly hosts?: readonly string[]
    /** Scheme of printed URLs. Set https if TLS is terminated before the route, such as at a load balancer. @default https with a Gateway or tlsSecret, else http */
    readonly scheme?: 'https' | 'http'
    /** Path prefix. The route removes it before the request reaches the server; an Ingress needs annotations of its controller for that. @default / */
    readonly path?: string
    /** Gateway to attach to, as namespace/name. @default none */
    readonly gateway?: string
    /** Listener of the Gateway. Choose the one with TLS if there are others. @default all listeners */
    readonly listener?: string
    /** IngressClass. @default the cluster’s default */
    readonly class?: string
    /** Secret with the certificate and key of the Ingress. @default none */
    readonly tlsSecret?: string
    /** Namespace of the controller’s pods. @default the Gateway’s namespace */
    readonly namespace?: string
    /** Annotations of the route, such as cert-manager.io/cluster-issuer: letsencrypt. @default {} */
    readonly annotations?: Readonly<Record<string, string>>
  }
  /** Network policies, and how the stack reaches the outside. */
  readonly network?: {
    /** Proxy for all outgoing connections: server, workers and git, model pulls, backups to a bucket, and image builds. URLs with a login are passed in a Secret. */
    readonly proxy?: {
      /** Proxy for https, such as http://proxy.example.com:3128. @default none */
      readonly https?: string
      /** Proxy for http. @default none */
      readonly http?: string
      /** Hosts, domains with a leading dot, addresses and ranges to connect to directly, besides the stack’s own names and ollama.url. @default [] */
      readonly noProxy?: readonly string[]
    }
    /** Additional CA certificates to trust for outgoing connections: PEM text, or on Kubernetes {configMap: NAME} or {secret: NAME}, with key if it is not ca.crt. @default none */
    readonly ca?: string | { readonly configMap?: string; readonly secret?: string; readonly key?: string }
    /** Create network policies that allow only the connections that the stack needs. @default true */
    readonly policies?: boolean
    /** Namespaces whose pods may call the server, besides its own and the edge’s. * allows everyone, including clients outside the cluster. @default [] */
    readonly clients?: readonly string[]
    /** Addresses of DNS servers besides the cluster’s DNS pods, such as NodeLocal DNSCache. @default ["169.254.20.10"] */
    readonly dns?: readonly string[]
    /** Namespaces of DNS pods, such as openshift-dns. Ports 53 and 5353 are allowed. @default [] */
    readonly dnsNamespaces?: readonly string[]
    /** IP families of the Services in order of preference: IPv4, IPv6 or both. With IPv6, the server and Ollama listen on both. @default the cluster’s default */
    readonly ipFamilies?: readonly ('IPv4' | 'IPv6')[]
  }
  /** Database backups ([backup](backup.md)). */
  readonly backup?: PartArgs & {
    /** Make and test backups. @default true */
    readonly enabled?: boolean
    /** Cron schedule of backups. @default 0 2 * * * */
    readonly schedule?: string
    /** Time zone of the schedules. @default Etc/UTC */
    readonly timeZone?: string
    /** Number of backups to keep. @default 7 */
    readonly keep?: number
    /** Size of the volume for backups. @default postgres.storage */
    readonly storage?: string
    /** StorageClass of the volume for backups. @default kubernetes.storageClass */
    readonly storageClass?: string
    /** Cron schedule of restore tests of the newest backup. @default 0 4 * * 0 */
    readonly testSchedule?: string
    /** URL of an S3-compatible object store. @default none */
    readonly s3Endpoint?: string
    /** Bucket to use instead of the volume. @default none */
    readonly s3Bucket?: string
    /** Region of the bucket. @default us-east-1 */
    readonly s3Region?: string
    /** Prefix of object names in the bucket. @default codebase-mcp/ */
    readonly s3Prefix?: string
    /** Address the bucket by path, ENDPOINT/BUCKET. With false, by host name, BUCKET.ENDPOINT. @default true */
    readonly s3PathStyle?: boolean
    /** Encryption of the objects to request: AES256 (SSE-S3) or aws:kms (SSE-KMS). @default that of the bucket */
    readonly s3Encryption?: 'AES256' | 'aws:kms'
    /** Key of aws:kms: an ID, an alias such as alias/backups, or an ARN. @default the account’s key for S3 */
    readonly s3KmsKey?: string
    /** Identity of the pods that opens the bucket in place of a key: irsa (EKS, by the annotation of serviceAccount), pod-identity (EKS Pod Identity) or google (Workload Identity of GKE, for buckets of Cloud Storage). @default irsa, without a key */
    readonly s3Identity?: 'irsa' | 'pod-identity' | 'google'
    /** Access key ID. @default none */
    readonly s3AccessKey?: string
    /** Secret access key. A secret. @default none */
    readonly s3SecretKey?: Input<string>
  }
}
