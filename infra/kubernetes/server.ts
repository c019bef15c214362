import { apps } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi'
import { databaseUrl } from '../connection.ts'
import { jobFor } from './job.ts'
import { embeddingEnvironment, fileVariables, modePod } from './mode.ts'
import { resources } from './pod.ts'
import { after, placed, secretFor, serviceFor, type WorkloadArgs } from './workload.ts'

const PORT = 8000
const POSTGRES = 'postgres:5432'

/** Seconds in which a pod that is to end is taken out of the service before it is told so. */
const LEAVE = 5

/** The server as the service `server`: any replica answers any request, once the database has the schema. */
export class Server extends ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts: ComponentResourceOptions) {
    super('codebase:kubernetes:Server', name, {}, opts)
    const place = placed(args, name, this)
    serviceFor(name, PORT, place)
    const migration = args.settings.running ? [this.#migration(args)] : []
    this.#pods(name, args, place, migration)
    this.registerOutputs({})
  }

  #migration(args: WorkloadArgs): Resource {
    const { settings, base } = args
    const place = placed(args, 'migration', this)
    const url = databaseUrl(POSTGRES, { name: 'codebase_migrator', password: base.migratorPassword })
    const environment = { ...fileVariables('DATABASE_URL'), LOG_LEVEL: settings.server.logLevel }
    const secret = secretFor('migration', { DATABASE_URL: url }, place)
    return jobFor('migration', modePod({ settings, mode: 'migrate', environment, secret }), place)
  }

  #pods(name: string, args: WorkloadArgs, place: ReturnType<typeof placed>, dependsOn: readonly Resource[]): void {
    const { settings, base } = args
    const url = databaseUrl(POSTGRES, { name: 'codebase', password: base.servicePassword })
    const { pod, container } = modePod({
      settings,
      mode: 'serve',
      environment: environmentOf(args),
      secret: secretFor(name, { DATABASE_URL: url }, place),
    })
    const { grace, memory, replicas } = settings.server
    const serving = { ...container, ...SERVER, resources: resources(memory, '250m') }
    new apps.v1.Deployment(
      `${name}-pods`,
      {
        metadata: { ...place.metadata, name },
        spec: {
          replicas: settings.running ? replicas : 0,
          selector: place.selector,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          template: {
            metadata: { labels: place.labels },
            spec: { ...pod, terminationGracePeriodSeconds: grace + LEAVE, containers: [serving] },
          },
        },
      },
      after(place, ...dependsOn),
    )
  }
}

function environmentOf({ settings }: WorkloadArgs): Record<string, string> {
  const { namespace } = settings.cluster
  const names = ['server', `server.${namespace}`, `server.${namespace}.svc`, `server.${namespace}.svc.cluster.local`]
  return {
    ...fileVariables('DATABASE_URL'),
    ...embeddingEnvironment(settings),
    MIGRATE_AT_START: 'false',
    ALLOWED_HOSTS: ['localhost', '127.0.0.1', ...names].join(','),
    LOG_LEVEL: settings.server.logLevel,
    SHUTDOWN_TIMEOUT: String(Math.max(1, settings.server.grace - 3)),
  }
}

// By default a probe calls the pod by its address, which is none of the names that the server answers to.
const probe = (path: string) => ({
  httpGet: { path, port: PORT, httpHeaders: [{ name: 'Host', value: 'localhost' }] },
  timeoutSeconds: 5,
})

const SERVER = {
  ports: [{ name: 'main', containerPort: PORT }],
  startupProbe: { ...probe('/livez'), periodSeconds: 1, failureThreshold: 60 },
  readinessProbe: { ...probe('/readyz'), periodSeconds: 5 },
  livenessProbe: { ...probe('/livez'), periodSeconds: 10 },
  lifecycle: { preStop: { sleep: { seconds: LEAVE } } },
}
