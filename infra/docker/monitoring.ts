import { Container, RemoteImage, Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { grafanaEnvironment, grafanaFiles } from '../monitoring/grafana.ts'
import { prometheusConfig } from '../monitoring/prometheus.ts'
import { RULE_GROUPS } from '../monitoring/rules.ts'
import { makePassword } from '../passwords.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { Files, SECRETS } from './files.ts'
import { hardened, limited, replaced, restarted, type Surroundings, stackLabel, stoppedWithin } from './hardening.ts'
import type { Networks } from './network.ts'
import { HTTP_PORT } from './service.ts'

interface MonitoringArgs extends Surroundings {
  readonly settings: DockerSettings
  readonly networks: Networks
}

const HOST = '127.0.0.1'
const FOLDER = '/etc/codebase-mcp'
const PROMETHEUS_PORT = 9090
const GRAFANA_PORT = 3000
const ADMIN_PASSWORD = 'grafana-password'

// User IDs of the images, which own the volume and the tmpfs.
const NOBODY = 65534
const GRAFANA = 472

/**
 * Prometheus, which scrapes the stack and evaluates the rules, and Grafana with the dashboard. The volume of Prometheus
 * is kept while the stack is stopped; Grafana has no data.
 */
export class Monitoring extends ComponentResource {
  readonly outputs: {
    readonly prometheus: string
    readonly grafana: string
    readonly grafanaUser: 'admin'
    readonly grafanaPassword: Output<string>
  }

  constructor(name: string, args: MonitoringArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Monitoring', name, {}, opts)
    const { running, monitoring } = args.settings
    const volume = new Volume(
      `${name}-data`,
      { name: `${args.name}-prometheus`, labels: [stackLabel(args.name)] },
      { parent: this },
    )
    const password = makePassword(`${name}-grafana-password`, { parent: this, protect: false })
    const grafana = `http://${HOST}:${monitoring.grafanaPort}`
    if (running) {
      this.#prometheus(name, args, volume)
      this.#grafana(name, args, { url: grafana, password })
    }
    this.outputs = {
      prometheus: `http://${HOST}:${monitoring.prometheusPort}`,
      grafana,
      grafanaUser: 'admin',
      grafanaPassword: password,
    }
    this.registerOutputs(this.outputs)
  }

  #prometheus(name: string, args: MonitoringArgs, volume: Volume): void {
    const { monitoring, profiles } = args.settings
    const own = { parent: this }
    const image = new RemoteImage(
      `${name}-prometheus-image`,
      { name: monitoring.prometheusImage, keepLocally: true },
      own,
    )
    const config = new Files(
      `${name}-prometheus-config`,
      {
        stack: args.name,
        name: 'prometheus-config',
        image: image.name,
        folder: FOLDER,
        files: prometheusFiles(profiles),
      },
      own,
    )
    new Container(
      `${name}-prometheus`,
      {
        ...container('prometheus', args, { config }),
        ...stoppedWithin(30),
        image: image.name,
        user: `${NOBODY}:${NOBODY}`,
        command: [
          `--config.file=${FOLDER}/prometheus.json`,
          '--storage.tsdb.path=/prometheus',
          `--storage.tsdb.retention.time=${monitoring.retention}`,
          `--web.listen-address=0.0.0.0:${PROMETHEUS_PORT}`,
        ],
        mounts: [config.mount, { type: 'volume', source: volume.name, target: '/prometheus' }],
        ports: [{ internal: PROMETHEUS_PORT, external: monitoring.prometheusPort, ip: HOST }],
        healthcheck: healthcheck(['promtool', 'check', 'ready', `--url=http://127.0.0.1:${PROMETHEUS_PORT}`]),
      },
      { ...own, ...replaced },
    )
  }

  #grafana(name: string, args: MonitoringArgs, { url, password }: { url: string; password: Output<string> }): void {
    const { monitoring } = args.settings
    const own = { parent: this }
    const image = new RemoteImage(`${name}-grafana-image`, { name: monitoring.grafanaImage, keepLocally: true }, own)
    const place = { stack: args.name, image: image.name }
    const prometheusUrl = `http://prometheus:${PROMETHEUS_PORT}`
    const config = new Files(
      `${name}-grafana-config`,
      { ...place, name: 'grafana-config', folder: FOLDER, files: grafanaFiles({ prometheusUrl, folder: FOLDER }) },
      own,
    )
    const secrets = new Files(
      `${name}-grafana-secrets`,
      { ...place, name: 'grafana-secrets', folder: SECRETS, files: { [ADMIN_PASSWORD]: password } },
      own,
    )
    const environment = grafanaEnvironment({ folder: FOLDER, url, adminPasswordFile: `${SECRETS}/${ADMIN_PASSWORD}` })
    new Container(
      `${name}-grafana`,
      {
        ...container('grafana', args, { config, secrets }),
        ...stoppedWithin(15),
        image: image.name,
        user: `${GRAFANA}:0`,
        tmpfs: {
          '/tmp': 'rw,nosuid,nodev,noexec,size=64m,mode=1777',
          '/var/lib/grafana': `rw,nosuid,nodev,noexec,size=128m,uid=${GRAFANA},gid=0,mode=0770`,
        },
        envs: Object.entries(environment).map(([variable, value]) => `${variable}=${value}`),
        mounts: [config.mount, secrets.mount],
        ports: [{ internal: GRAFANA_PORT, external: monitoring.grafanaPort, ip: HOST }],
        healthcheck: healthcheck(['wget', '-q', '-O', '/dev/null', `http://127.0.0.1:${GRAFANA_PORT}/api/health`]),
      },
      { ...own, ...replaced },
    )
  }
}

function prometheusFiles(profiles: DockerSettings['profiles']) {
  const parts = ['server', ...(profiles.has('worker') ? ['worker'] : [])]
  const targets = Object.fromEntries(parts.map((part) => [part, `${part}:${HTTP_PORT}`]))
  return {
    'prometheus.json': json(prometheusConfig({ targets, rules: `${FOLDER}/rules.json` })),
    'rules.json': json(RULE_GROUPS),
  }
}

/** Returns the common arguments of both containers. @param part container name without the stack's name */
function container(part: string, args: MonitoringArgs, files: Readonly<Record<string, Files>>) {
  return {
    ...hardened(args),
    ...restarted(args),
    ...limited(args.settings.monitoring),
    name: `${args.name}-${part}`,
    labels: [
      stackLabel(args.name),
      ...Object.entries(files).map(([label, { version }]) => ({ label, value: version })),
    ],
    networksAdvanced: [{ name: args.networks.internal, aliases: [part] }, { name: args.networks.edge }],
    wait: true,
    waitTimeout: 120,
  }
}

const healthcheck = (command: readonly string[]) => ({
  tests: ['CMD', ...command],
  interval: '5s',
  timeout: '5s',
  startPeriod: '1m0s',
  retries: 5,
})

const json = (value: object) => JSON.stringify(value, null, 2)
