// Made of infra/settings/schema.ts by npm run generate.
import type { Input } from '@pulumi/pulumi'

/** The settings of a stack on a Docker engine. */
export interface DockerArgs {
  /** What the stack is for, development, staging or production: how long containers have to stop (15, 30 or 60 seconds). @default development */
  readonly environment?: 'development' | 'staging' | 'production'
  /** What the names of containers, volumes and networks begin with. Two stacks on one engine need two names. @default codebase-mcp */
  readonly name?: string
  /** With false the containers are removed; volumes, passwords and roles stay (npm run down). @default true */
  readonly running?: boolean
  /** Whether volumes, passwords and roles survive pulumi destroy. @default true */
  readonly protectData?: boolean
  /** Names of policies that this stack breaks on purpose: violations of these are reported, not refused. @default [] */
  readonly acceptedPolicies?: readonly ('probes' | 'limits' | 'image-tag' | 'image-digest' | 'non-root' | 'unprivileged' | 'no-api-token' | 'host-namespaces' | 'host-path' | 'load-balancer-sources' | 'public-port' | 'plain-secret' | 'secret-as-file' | 'secret-in-environment' | 'labels' | 'marked-secret')[]
  /** What runs beside the core: on Docker mcp, which bridges MCP over stdio to the server, worker, which indexes in the server’s place, and monitoring; on Kubernetes monitoring. @default [] */
  readonly profiles?: readonly ('mcp' | 'worker' | 'monitoring')[]
  /** Whether the server runs from service/ of this checkout and starts again on a change. @default false */
  readonly liveReload?: boolean
  /** What to index, name=… for another name: folders on Docker, relative to this project or absolute; on Kubernetes URLs such as https://git.example.com/team/shop.git#main, with a branch or tag after #. @default [] */
  readonly repositories?: readonly string[]
  /** The MCP server. */
  readonly server?: {
    /** Port on 127.0.0.1. @default 8000 */
    readonly port?: number
    /** Level of logs of server and worker: debug, info, warn or error. @default info */
    readonly logLevel?: 'debug' | 'info' | 'warn' | 'error'
    /** Limit of memory, in MiB. @default 2048, on Kubernetes by size */
    readonly memory?: number
    /** Limit of CPUs, such as 1.5; on Kubernetes what is requested. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Time that server and worker have to stop, in seconds. @default by environment */
    readonly grace?: number
    /** Further environment variables of server and worker, as .env.example documents them; they win over what the stack sets. @default {} */
    readonly variables?: Readonly<Record<string, string>>
  }
  /** What indexes: always there on Kubernetes, by the profile `worker` on Docker. */
  readonly worker?: {
    /** Limit of memory, in MiB. @default 2048, on Kubernetes by size */
    readonly memory?: number
    /** Limit of CPUs, such as 1.5; on Kubernetes what is requested. @default none, on Kubernetes by size */
    readonly cpus?: number
  }
  /** A database of your own in place of the container. */
  readonly database?: {
    /** What the service connects with, postgres://user:password@host:port/name; this machine is host.docker.internal. The database needs the extension vector. A secret. @default none */
    readonly url?: string
    /** The same with the owner of the schema, where the first login may only read and write rows. A secret. @default none */
    readonly migrationUrl?: string
    /** Certificate of the authority that url is checked by: a text in PEM, on Kubernetes also {configMap: NAME} or {secret: NAME} with their key, else ca.crt. @default those that the image knows */
    readonly ca?: string | { readonly configMap?: string; readonly secret?: string; readonly key?: string }
  }
  /** Postgres in the stack. */
  readonly postgres?: {
    /** Port on 127.0.0.1, by which roles and grants are made. @default 5432 */
    readonly port?: number
    /** Image with pgvector. On Kubernetes backups of a database of your own are made and tested with it too, so it has to be as new as that. @default pgvector/pgvector:pg17 */
    readonly image?: string
    /** Major version of Postgres in image, where its tag does not say it. Another one does not open the files that are there. @default that of the tag */
    readonly version?: number
    /** Limit of memory, in MiB. @default 1024, on Kubernetes by size */
    readonly memory?: number
    /** Limit of CPUs, such as 1.5; on Kubernetes what is requested. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** shared_buffers, less than memory, in MiB. @default a quarter of memory */
    readonly sharedBuffers?: number
    /** maintenance_work_mem, with which a vector index is built, in MiB. @default a quarter of memory */
    readonly maintenanceMemory?: number
    /** Size of /dev/shm, in MiB. @default maintenanceMemory and 64 more */
    readonly sharedMemory?: number
    /** Whether all connections to it are encrypted, by a certificate that this program makes and clients check. @default false, on Kubernetes true */
    readonly tls?: boolean
  }
  /** Ollama, which embeds code for search by meaning. */
  readonly ollama?: {
    /** With false, search by meaning uses the model in the package alone. @default true */
    readonly enabled?: boolean
    /** An existing Ollama in place of the container; this machine is host.docker.internal. @default none */
    readonly url?: string
    /** Port on 127.0.0.1 at which the container is published. @default none */
    readonly port?: number
    /** Embedding model; one of a private registry is written with its address, registry.example.com/library/all-minilm. @default all-minilm */
    readonly model?: string
    /** Whether that registry is reached without TLS. @default false */
    readonly insecure?: boolean
    /** none, nvidia (with its container toolkit) or amd (whose image is ollama/ollama:…-rocm). @default none */
    readonly gpu?: 'none' | 'nvidia' | 'amd'
    /** Image of Ollama; with gpu: amd and none given the one with -rocm. @default ollama/ollama:0.17.4 */
    readonly image?: string
    /** Limit of memory, in MiB. @default 4096 */
    readonly memory?: number
    /** Limit of CPUs, such as 1.5; on Kubernetes what is requested. @default none, on Kubernetes by size */
    readonly cpus?: number
  }
  /** Of the profile `monitoring`. */
  readonly monitoring?: {
    /** Port of Prometheus on 127.0.0.1. @default 9090 */
    readonly prometheusPort?: number
    /** Image of Prometheus. @default prom/prometheus:v3.5.0 */
    readonly prometheusImage?: string
    /** Port of Grafana on 127.0.0.1. @default 3000 */
    readonly grafanaPort?: number
    /** Image of Grafana. @default grafana/grafana:12.2.0 */
    readonly grafanaImage?: string
    /** How long measurements are kept. @default 15d */
    readonly retention?: string
    /** Limit of memory of each, in MiB. @default 512 */
    readonly memory?: number
  }
  /** The image of the service. */
  readonly image?: {
    /** Name of the image that is built. @default NAME:local */
    readonly name?: string
    /** Image that it is built on. @default node:24-trixie-slim */
    readonly base?: string
    /** Platform to build for: linux/amd64 or linux/arm64. @default the engine’s */
    readonly platform?: 'linux/amd64' | 'linux/arm64'
    /** An image that is ready, in place of building one; on Kubernetes this or registry is required. @default none */
    readonly reference?: string
  }
  /** Every container. */
  readonly containers?: {
    /** How often a container is started again after a failure. @default 3 */
    readonly restarts?: number
    /** How many processes a container may have. @default 1024 */
    readonly processes?: number
    /** Size of one log file. @default 10m */
    readonly logSize?: string
    /** How many log files are kept. @default 3 */
    readonly logFiles?: number
  }
  /** What connects to what, and the way out. */
  readonly network?: {
    /** The proxy that whatever goes out asks: server, workers with git, pulls of models, backups to a bucket, and builds of the image. What has a login in it arrives by a Secret. */
    readonly proxy?: {
      /** Proxy for https, such as http://proxy.example.com:3128. @default none */
      readonly https?: string
      /** Proxy for http. @default none */
      readonly http?: string
      /** What is called directly besides the stack’s own names and ollama.url: hosts, domains with a dot before them, addresses and ranges. @default [] */
      readonly noProxy?: readonly string[]
    }
    /** Certificates of authorities that whatever goes out trusts besides the usual ones: a text in PEM, and on Kubernetes also {configMap: NAME} or {secret: NAME} with their key, else ca.crt. @default none */
    readonly ca?: string | { readonly configMap?: string; readonly secret?: string; readonly key?: string }
  }
}

/** What the pods of each part take on a cluster. */
interface PartArgs {
  /** Labels of the pods, which no selector asks for; keys of a part win. @default that of kubernetes */
  readonly podLabels?: Readonly<Record<string, string>>
  /** Annotations of the pods; keys of a part win. @default that of kubernetes */
  readonly podAnnotations?: Readonly<Record<string, string>>
  /** Labels that a node must have; keys of a part win. @default that of kubernetes */
  readonly nodeSelector?: Readonly<Record<string, string>>
  /** Taints that the pods tolerate, as a pod has them. @default that of kubernetes */
  readonly tolerations?: readonly ({ readonly key?: string; readonly operator?: 'Equal' | 'Exists' | 'Lt' | 'Gt'; readonly value?: string; readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'; readonly tolerationSeconds?: number })[]
  /** Node and pod affinity, as a pod has it. @default that of kubernetes */
  readonly affinity?: object
  /** How the pods spread over nodes and zones, as a pod has it; servers and workers spread over both by themselves. @default that of kubernetes */
  readonly topologySpreadConstraints?: readonly object[]
  /** Addresses of hosts that DNS does not know, as a pod has them. @default that of kubernetes */
  readonly hostAliases?: readonly ({ readonly ip: string; readonly hostnames: readonly string[] })[]
  /** Name servers, search domains and options of DNS, as a pod has them. @default that of kubernetes */
  readonly dnsConfig?: { readonly nameservers?: readonly string[]; readonly searches?: readonly string[]; readonly options?: readonly ({ readonly name: string; readonly value?: string })[] }
  /** Further groups of the user that pods run as. @default that of kubernetes */
  readonly supplementalGroups?: readonly number[]
  /** When images are pulled: Always, IfNotPresent or Never. @default that of kubernetes */
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never'
  /** Name of an existing PriorityClass. @default that of kubernetes */
  readonly priorityClass?: string
  /** Scheduler that places the pods. @default that of kubernetes */
  readonly schedulerName?: string
  /** ServiceAccount that the pods run under, {name, create, annotations}: made unless create is false; its token is never mounted. @default that of kubernetes */
  readonly serviceAccount?: { readonly name: string; readonly create?: boolean; readonly annotations?: Readonly<Record<string, string>> }
  /** Variables by name, each a text or a source such as {secretKeyRef: {name, key}}; they win over the stack’s own, and encrypted ones arrive by a Secret. @default none */
  readonly env?: Readonly<Record<string, string | object>>
  /** Further volumes, as a pod has them. @default none */
  readonly volumes?: readonly ({ readonly name: string; readonly [key: string]: unknown })[]
  /** Where the part sees them, as a container has it. @default none */
  readonly volumeMounts?: readonly ({ readonly name: string; readonly mountPath: string; readonly [key: string]: unknown })[]
  /** Containers beside the part’s own, as a pod has them. @default none */
  readonly containers?: readonly ({ readonly name: string; readonly image: string; readonly [key: string]: unknown })[]
  /** Containers that run before the part’s own, as a pod has them; with restartPolicy: Always one stays beside it, also in a Job. @default none */
  readonly initContainers?: readonly ({ readonly name: string; readonly image: string; readonly [key: string]: unknown })[]
}

/** The settings of a stack on a cluster. */
export interface KubernetesArgs {
  /** What the stack is for, development, staging or production: how long containers have to stop (15, 30 or 60 seconds). @default development */
  readonly environment?: 'development' | 'staging' | 'production'
  /** How much the stack holds and answers, small, medium or large: requests, replicas and volumes that are not set otherwise. @default small */
  readonly size?: 'small' | 'medium' | 'large'
  /** What the names of containers, volumes and networks begin with. Two stacks on one engine need two names. @default codebase-mcp */
  readonly name?: string
  /** With false the containers are removed; volumes, passwords and roles stay (npm run down). @default true */
  readonly running?: boolean
  /** Whether volumes, passwords and roles survive pulumi destroy. @default true */
  readonly protectData?: boolean
  /** Names of policies that this stack breaks on purpose: violations of these are reported, not refused. @default [] */
  readonly acceptedPolicies?: readonly ('probes' | 'limits' | 'image-tag' | 'image-digest' | 'non-root' | 'unprivileged' | 'no-api-token' | 'host-namespaces' | 'host-path' | 'load-balancer-sources' | 'public-port' | 'plain-secret' | 'secret-as-file' | 'secret-in-environment' | 'labels' | 'marked-secret')[]
  /** What runs beside the core: on Docker mcp, which bridges MCP over stdio to the server, worker, which indexes in the server’s place, and monitoring; on Kubernetes monitoring. @default [] */
  readonly profiles?: readonly ('mcp' | 'worker' | 'monitoring')[]
  /** What to index, name=… for another name: folders on Docker, relative to this project or absolute; on Kubernetes URLs such as https://git.example.com/team/shop.git#main, with a branch or tag after #. @default [] */
  readonly repositories?: readonly string[]
  /** Organisations and groups whose repositories are indexed, each with kind (github, gitlab, gitea), url, and include, exclude, archived and forks where they are not the default. @default [] */
  readonly sources?: readonly ({ readonly kind: 'github' | 'gitlab' | 'gitea'; readonly url: string; readonly include?: readonly string[]; readonly exclude?: readonly string[]; readonly archived?: boolean; readonly forks?: boolean })[]
  /** The MCP server. */
  readonly server?: PartArgs & {
    /** Level of logs of server and worker: debug, info, warn or error. @default info */
    readonly logLevel?: 'debug' | 'info' | 'warn' | 'error'
    /** Limit of memory, in MiB. @default 2048, on Kubernetes by size */
    readonly memory?: number
    /** Limit of CPUs, such as 1.5; on Kubernetes what is requested. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Time that server and worker have to stop, in seconds. @default by environment */
    readonly grace?: number
    /** Pods, at least. @default by size */
    readonly replicas?: number
    /** Pods, at most: more are started under load. @default replicas, else by size */
    readonly maxReplicas?: number
    /** Further environment variables of server and worker, as .env.example documents them; they win over what the stack sets. @default {} */
    readonly variables?: Readonly<Record<string, string>>
    /** Annotations of the Service. @default {} */
    readonly serviceAnnotations?: Readonly<Record<string, string>>
  }
  /** What indexes: always there on Kubernetes, by the profile `worker` on Docker. */
  readonly worker?: PartArgs & {
    /** Limit of memory, in MiB. @default 2048, on Kubernetes by size */
    readonly memory?: number
    /** Limit of CPUs, such as 1.5; on Kubernetes what is requested. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Pods, at least. @default by size */
    readonly replicas?: number
    /** Pods, at most: more are started under load. @default replicas, else by size */
    readonly maxReplicas?: number
    /** What the number of workers follows: cpu, or queue for the number of open jobs, where the cluster serves that metric. @default cpu */
    readonly scaleOn?: 'cpu' | 'queue'
    /** URL of the Prometheus that KEDA asks for the number of open jobs, with scaleOn: queue; it then scales the workers. @default none: an HPA asks the cluster for that metric */
    readonly prometheus?: string
    /** Disk for the clones of one worker; one clone may take a fifth of it. @default 20Gi */
    readonly clones?: string
  }
  /** A database of your own in place of the container. */
  readonly database?: {
    /** What the service connects with, postgres://user:password@host:port/name; this machine is host.docker.internal. The database needs the extension vector. A secret. @default none */
    readonly url?: string
    /** The same with the owner of the schema, where the first login may only read and write rows. A secret. @default none */
    readonly migrationUrl?: string
    /** Certificate of the authority that url is checked by: a text in PEM, on Kubernetes also {configMap: NAME} or {secret: NAME} with their key, else ca.crt. @default those that the image knows */
    readonly ca?: string | { readonly configMap?: string; readonly secret?: string; readonly key?: string }
    /** A server of your own, in which this program makes database, roles, grants and extension. */
    readonly external?: {
      /** Host of the server. @default none, required */
      readonly host?: string
      /** Port of the server. @default 5432 */
      readonly port?: number
      /** Role that makes database, roles and grants. @default postgres */
      readonly user?: string
      /** Password of that role. A secret. @default none, required */
      readonly password?: Input<string>
      /** Whether that role is a superuser; false on managed servers. @default false */
      readonly superuser?: boolean
      /** disable, require or verify-full. @default require */
      readonly sslMode?: 'disable' | 'require' | 'verify-full'
      /** Certificate of the authority that it is checked by, as database.ca. @default those that the image knows */
      readonly ca?: string | { readonly configMap?: string; readonly secret?: string; readonly key?: string }
    }
    /** A cluster of CloudNativePG, whose operator has to be there. */
    readonly cnpg?: {
      /** Instances of Postgres. @default 3 */
      readonly instances?: number
      /** Image with pgvector. @default ghcr.io/cloudnative-pg/postgresql:17-standard-trixie */
      readonly image?: string
      /** Base backups by `backup.schedule` and the write-ahead log, in the bucket of `backup`, by the plugin Barman Cloud, which has to be there. */
      readonly archive?: {
        /** Folder of this cluster in the bucket. @default the name of the Cluster, postgres */
        readonly name?: string
        /** Days of the past that can be recovered. @default 30 */
        readonly days?: number
        /** Folder in the bucket of another cluster, which a new one begins with. @default none: it begins empty */
        readonly recoverFrom?: string
        /** Moment up to which that one is recovered. @default its end */
        readonly recoverUntil?: string
      }
    }
  }
  /** Postgres in the stack. */
  readonly postgres?: PartArgs & {
    /** Image with pgvector. On Kubernetes backups of a database of your own are made and tested with it too, so it has to be as new as that. @default pgvector/pgvector:pg17 */
    readonly image?: string
    /** Limit of memory, in MiB. @default 1024, on Kubernetes by size */
    readonly memory?: number
    /** Limit of CPUs, such as 1.5; on Kubernetes what is requested. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Size of the volume; also what a restore test may take of a node’s disk. @default by size */
    readonly storage?: string
    /** Size of the volume for the write-ahead log, of which max_wal_size is at most half. @default by size */
    readonly walStorage?: string
    /** shared_buffers, less than memory, in MiB. @default a quarter of memory */
    readonly sharedBuffers?: number
    /** maintenance_work_mem, with which a vector index is built, in MiB. @default a quarter of memory */
    readonly maintenanceMemory?: number
    /** Size of /dev/shm, in MiB. @default maintenanceMemory and 64 more */
    readonly sharedMemory?: number
    /** Whether all connections to it are encrypted, by a certificate that this program makes and clients check. @default false, on Kubernetes true */
    readonly tls?: boolean
    /** Existing Secret with tls.crt, tls.key and ca.crt, such as cert-manager makes it, in place of that certificate. @default none */
    readonly tlsSecret?: string
  }
  /** Ollama, which embeds code for search by meaning. */
  readonly ollama?: PartArgs & {
    /** With false, search by meaning uses the model in the package alone. @default true */
    readonly enabled?: boolean
    /** An existing Ollama in place of the container; this machine is host.docker.internal. @default none */
    readonly url?: string
    /** Embedding model; one of a private registry is written with its address, registry.example.com/library/all-minilm. @default all-minilm */
    readonly model?: string
    /** Whether that registry is reached without TLS. @default false */
    readonly insecure?: boolean
    /** none, nvidia (with its container toolkit) or amd (whose image is ollama/ollama:…-rocm). @default none */
    readonly gpu?: 'none' | 'nvidia' | 'amd'
    /** What a node calls its GPUs. @default nvidia.com/gpu or amd.com/gpu */
    readonly gpuResource?: string
    /** Number of GPUs. @default 1 */
    readonly gpus?: number
    /** Name of an existing RuntimeClass. @default none */
    readonly runtimeClass?: string
    /** Keys of taints; that of gpuResource is tolerated in any case. @default [] */
    readonly tolerateTaints?: readonly string[]
    /** Image of Ollama; with gpu: amd and none given the one with -rocm. @default ollama/ollama:0.17.4 */
    readonly image?: string
    /** Limit of memory, in MiB. @default 4096 */
    readonly memory?: number
    /** Limit of CPUs, such as 1.5; on Kubernetes what is requested. @default none, on Kubernetes by size */
    readonly cpus?: number
    /** Size of the volume. @default 10Gi */
    readonly storage?: string
  }
  /** Of the profile `monitoring`. */
  readonly monitoring?: {
    /** Labels by which Prometheus and Grafana choose what is theirs, such as release: kube-prometheus-stack. @default {} */
    readonly labels?: Readonly<Record<string, string>>
    /** Namespace from which metrics are asked for. @default monitoring */
    readonly namespace?: string
  }
  /** The image of the service. */
  readonly image?: {
    /** Image that it is built on. @default node:24-trixie-slim */
    readonly base?: string
    /** An image that is ready, in place of building one; on Kubernetes this or registry is required. @default none */
    readonly reference?: string
    /** Where the image is pushed that up builds, such as registry.example.com/team, for pods to run it by its digest. @default none */
    readonly registry?: string
    /** Platforms of the nodes, for which it is built: linux/amd64, linux/arm64 or both. @default ["linux/amd64"] */
    readonly platforms?: readonly ('linux/amd64' | 'linux/arm64')[]
    /** User that pushes it. @default that of docker login */
    readonly user?: string
    /** Password or token of that user. A secret. @default that of docker login */
    readonly password?: Input<string>
  }
  /** The cluster, and what holds for all that is in it. Placement and labels are of all pods; a part’s own group wins over them. */
  readonly kubernetes?: {
    /** Context of the kubeconfig. @default the account of the pod that the program runs in, else the current context */
    readonly context?: string
    /** Identifier that stays when the kubeconfig changes; another one replaces every object. @default the context */
    readonly cluster?: string
    /** Namespace of everything. @default name */
    readonly namespace?: string
    /** With false, the namespace is there already. @default true */
    readonly createNamespace?: boolean
    /** Before the name of every object, so that two stacks can share a namespace. @default "" */
    readonly prefix?: string
    /** StorageClass of the volumes. @default the cluster’s */
    readonly storageClass?: string
    /** Secret to pull the images with. @default none */
    readonly pullSecret?: string
    /** Secrets to pull the images with, where there are several. @default [] */
    readonly pullSecrets?: readonly string[]
    /** Number of the user that everything runs as; null leaves it to the cluster, as OpenShift wants it. @default 10001 */
    readonly user?: number
    /** Labels of every object and pod, which no selector asks for. @default {} */
    readonly labels?: Readonly<Record<string, string>>
    /** Annotations of every object. @default {} */
    readonly annotations?: Readonly<Record<string, string>>
    /** Labels of the pods, which no selector asks for; keys of a part win. @default none */
    readonly podLabels?: Readonly<Record<string, string>>
    /** Annotations of the pods; keys of a part win. @default none */
    readonly podAnnotations?: Readonly<Record<string, string>>
    /** Labels that a node must have; keys of a part win. @default none */
    readonly nodeSelector?: Readonly<Record<string, string>>
    /** Taints that the pods tolerate, as a pod has them. @default none */
    readonly tolerations?: readonly ({ readonly key?: string; readonly operator?: 'Equal' | 'Exists' | 'Lt' | 'Gt'; readonly value?: string; readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'; readonly tolerationSeconds?: number })[]
    /** Node and pod affinity, as a pod has it. @default none */
    readonly affinity?: object
    /** How the pods spread over nodes and zones, as a pod has it; servers and workers spread over both by themselves. @default none */
    readonly topologySpreadConstraints?: readonly object[]
    /** Addresses of hosts that DNS does not know, as a pod has them. @default none */
    readonly hostAliases?: readonly ({ readonly ip: string; readonly hostnames: readonly string[] })[]
    /** Name servers, search domains and options of DNS, as a pod has them. @default none */
    readonly dnsConfig?: { readonly nameservers?: readonly string[]; readonly searches?: readonly string[]; readonly options?: readonly ({ readonly name: string; readonly value?: string })[] }
    /** Further groups of the user that pods run as. @default none */
    readonly supplementalGroups?: readonly number[]
    /** When images are pulled: Always, IfNotPresent or Never. @default none */
    readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never'
    /** Name of an existing PriorityClass. @default none */
    readonly priorityClass?: string
    /** Scheduler that places the pods. @default none */
    readonly schedulerName?: string
    /** ServiceAccount that the pods run under, {name, create, annotations}: made unless create is false; its token is never mounted. @default none */
    readonly serviceAccount?: { readonly name: string; readonly create?: boolean; readonly annotations?: Readonly<Record<string, string>> }
    /** CPUs that all pods of the namespace may request. @default no quota */
    readonly quotaCpus?: number
    /** Memory that all pods of the namespace may request, in MiB. @default no quota */
    readonly quotaMemory?: number
    /** Changes of objects, {target: {kind, name}, patch}: a strategic merge, applied last and seen by policies and plan; without name of all objects of that kind. @default [] */
    readonly patches?: readonly ({ readonly target: { readonly kind: string; readonly name?: string }; readonly patch: Readonly<Record<string, unknown>> })[]
    /** Further objects of the stack, in its namespace unless they name one. @default [] */
    readonly extraObjects?: readonly ({ readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>>; readonly [key: string]: unknown }; readonly [key: string]: unknown })[]
  }
  /** Pods that prepare the others and end: roles, migration and the pull of the model. */
  readonly jobs?: PartArgs
  /** Who may call the server ([authentication](authentication.md)). */
  readonly access?: {
    /** With false, whoever reaches the server may call. @default true */
    readonly required?: boolean
    /** Tokens, one a line, each with what it opens. A secret. @default one that is made */
    readonly tokens?: Input<string>
    /** Issuer whose tokens are taken. @default none */
    readonly oidcIssuer?: string
    /** Audience that these tokens are for. @default none */
    readonly oidcAudience?: string
    /** Client as which people sign in on the web page; its secret, where it has one, is OIDC_CLIENT_SECRET of server.env. @default none: the page asks for a token */
    readonly oidcClientId?: string
    /** Scopes that the page asks for. @default ["openid","codebase:read"] */
    readonly oidcScopes?: readonly string[]
    /** Repositories of tokens that name none; * for all. @default [] */
    readonly oidcRepositories?: readonly string[]
    /** Claim in which tokens name repositories. @default repositories */
    readonly oidcRepositoriesClaim?: string
  }
  /** How repositories on git servers are fetched. */
  readonly git?: {
    /** What opens private repositories, as JSON like GIT_CREDENTIALS in .env.example. A secret. @default none */
    readonly credentials?: Input<string>
    /** URLs inside of which agents may ask for more repositories. @default [] */
    readonly allowedUrls?: readonly string[]
    /** Time between two looks for new commits, 0 for none, in seconds. @default 300 */
    readonly pollInterval?: number
    /** Time between two looks at sources, 0 for one at the start, in seconds. @default 900 */
    readonly sourcesInterval?: number
    /** What git servers sign with when they tell of a push. A secret. @default none */
    readonly webhookSecret?: Input<string>
  }
  /** Existing Secrets of the namespace in place of those that this program makes, by their names. */
  readonly secrets?: {
    /** Has DATABASE_URL, and MIGRATION_DATABASE_URL for the owner of the schema. @default none */
    readonly database?: string
    /** Has AUTH_TOKENS. @default none */
    readonly access?: string
    /** Has GIT_CREDENTIALS, and the files that it names, which are in /run/secrets/git. @default none */
    readonly git?: string
    /** Has WEBHOOK_SECRET. @default none */
    readonly webhook?: string
    /** Has AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. @default none */
    readonly backup?: string
    /** Any text; another one starts the pods again, for Secrets that others have changed. @default none */
    readonly version?: string
    /** Store of External Secrets; the names above are then those of secrets in it. @default none */
    readonly store?: string
    /** Kind of the store: SecretStore or ClusterSecretStore. @default ClusterSecretStore */
    readonly storeKind?: 'SecretStore' | 'ClusterSecretStore'
  }
  /** How clients outside of the cluster reach the server. */
  readonly edge?: {
    /** gateway (Gateway API), ingress or none. @default none */
    readonly kind?: 'none' | 'gateway' | 'ingress'
    /** Host by which clients call; this or hosts is required with kind. @default none */
    readonly host?: string
    /** Hosts by which clients call, where there are several, such as while they move to another one; the first, or host, is what clients are told. @default [] */
    readonly hosts?: readonly string[]
    /** Scheme of the addresses that clients are told, where TLS ends before the route, such as at a load balancer. @default https with a Gateway or tlsSecret, else http */
    readonly scheme?: 'https' | 'http'
    /** Path before everything; the server never sees it, which an Ingress needs annotations of its controller for. @default / */
    readonly path?: string
    /** Gateway, as namespace/name. @default none */
    readonly gateway?: string
    /** Listener of the Gateway: the one with TLS, where it has another without. @default all of them */
    readonly listener?: string
    /** Class of the Ingress. @default the cluster’s */
    readonly class?: string
    /** Secret with certificate and key of the Ingress. @default none */
    readonly tlsSecret?: string
    /** Namespace of the controller’s pods. @default the Gateway’s */
    readonly namespace?: string
    /** Annotations of the route, such as cert-manager.io/cluster-issuer: letsencrypt. @default {} */
    readonly annotations?: Readonly<Record<string, string>>
  }
  /** What connects to what, and the way out. */
  readonly network?: {
    /** The proxy that whatever goes out asks: server, workers with git, pulls of models, backups to a bucket, and builds of the image. What has a login in it arrives by a Secret. */
    readonly proxy?: {
      /** Proxy for https, such as http://proxy.example.com:3128. @default none */
      readonly https?: string
      /** Proxy for http. @default none */
      readonly http?: string
      /** What is called directly besides the stack’s own names and ollama.url: hosts, domains with a dot before them, addresses and ranges. @default [] */
      readonly noProxy?: readonly string[]
    }
    /** Certificates of authorities that whatever goes out trusts besides the usual ones: a text in PEM, and on Kubernetes also {configMap: NAME} or {secret: NAME} with their key, else ca.crt. @default none */
    readonly ca?: string | { readonly configMap?: string; readonly secret?: string; readonly key?: string }
    /** Whether only the connections that the stack needs are allowed. @default true */
    readonly policies?: boolean
    /** Namespaces whose pods may call the server besides its own and the edge’s; * for everybody, also from outside of the cluster. @default [] */
    readonly clients?: readonly string[]
    /** Addresses that answer for names besides the pods of the cluster’s DNS: of a cache on each node, such as NodeLocal DNSCache. @default ["169.254.20.10"] */
    readonly dns?: readonly string[]
    /** Namespaces whose pods answer for names, at ports 53 and 5353, such as openshift-dns. @default [] */
    readonly dnsNamespaces?: readonly string[]
    /** Families of the Services’ addresses, IPv4, IPv6 or both, the first before the other; with IPv6 server and Ollama listen on both. @default the cluster’s */
    readonly ipFamilies?: readonly ('IPv4' | 'IPv6')[]
  }
  /** Backups of the database ([backup](backup.md)). */
  readonly backup?: PartArgs & {
    /** Whether backups are made and tested. @default true */
    readonly enabled?: boolean
    /** When, as cron writes it, in UTC. @default 0 2 * * * */
    readonly schedule?: string
    /** How many are kept. @default 7 */
    readonly keep?: number
    /** Size of their volume. @default that of postgres */
    readonly storage?: string
    /** When the newest is restored and compared, as cron writes it, in UTC. @default 0 4 * * 0 */
    readonly testSchedule?: string
    /** URL of a storage with the interface of S3. @default none */
    readonly s3Endpoint?: string
    /** Bucket in place of the volume. @default none */
    readonly s3Bucket?: string
    /** Region of the bucket. @default us-east-1 */
    readonly s3Region?: string
    /** What names in the bucket begin with. @default codebase-mcp/ */
    readonly s3Prefix?: string
    /** Id of the access key. @default none */
    readonly s3AccessKey?: string
    /** The key. A secret. @default none */
    readonly s3SecretKey?: Input<string>
  }
}
