import { beforeAll, describe, expect, test } from 'vitest'
import { type Made, made, settingsOf } from './mocked.ts'
import { notEmpty } from './not-empty.ts'

async function resources(values: Record<string, unknown> = {}): Promise<Made[]> {
  const { Monitoring } = await import('../../infra/docker/monitoring.ts')
  const { Networks } = await import('../../infra/docker/network.ts')
  const settings = settingsOf('docker', { profiles: ['monitoring'], ...values })
  return made((own) => {
    const networks = new Networks('network', { name: settings.name, leadsOutside: false }, own)
    const { name, containers } = settings
    return new Monitoring('monitoring', { name, containers, settings, networks }, own)
  })
}

const CONTAINER = 'docker:index/container:Container'

const inputsOf = (all: readonly Made[], name: string) => {
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found.inputs
}

/** Returns the content of a file in the container. */
function fileIn(all: readonly Made[], carrier: string, path: string) {
  const uploads = inputsOf(all, carrier).uploads as { file: string; content: string }[]
  const found = uploads.find(({ file }) => file === path)
  if (found === undefined) throw new Error(`${carrier} has ${uploads.map(({ file }) => file).join(', ')}, not ${path}`)
  return JSON.parse(found.content)
}

describe('monitoring on Docker', () => {
  let all: Made[]
  beforeAll(async () => {
    all = await resources()
  })
  const running = () => all.filter(({ type, inputs }) => type === CONTAINER && inputs.start !== false)

  test('consists of Prometheus and Grafana', () => {
    expect(running().map(({ inputs }) => [inputs.name, inputs.image])).toEqual([
      ['codebase-mcp-prometheus', 'prom/prometheus:v3.5.0'],
      ['codebase-mcp-grafana', 'grafana/grafana:12.2.0'],
    ])
  })

  test('runs unprivileged, on a read-only root, within limits', () => {
    for (const { name, inputs, options } of running()) {
      expect(inputs, name).toMatchObject({
        readOnly: true,
        capabilities: { drops: ['ALL'] },
        securityOpts: ['no-new-privileges:true'],
        logDriver: 'json-file',
        logOpts: { 'max-size': '10m', 'max-file': '3' },
        init: true,
        memory: 512,
        memorySwap: 512,
        restart: 'on-failure',
        maxRetryCount: 3,
        wait: true,
      })
      expect(String(inputs.user), name).toMatch(/^(65534:65534|472:0)$/)
      expect(options, name).toMatchObject({ replaceOnChanges: ['*'], deleteBeforeReplace: true })
    }
  })

  test('is published only on the loopback address, and has no egress', () => {
    const ports = running().flatMap(
      ({ inputs }) => inputs.ports as { ip: string; external: number; internal: number }[],
    )
    expect(ports).toEqual([
      { ip: '127.0.0.1', external: 9090, internal: 9090 },
      { ip: '127.0.0.1', external: 3000, internal: 3000 },
    ])
    for (const { inputs } of running()) {
      expect(inputs.networksAdvanced).toEqual([
        { name: 'codebase-mcp-internal', aliases: [String(inputs.name).replace('codebase-mcp-', '')] },
        { name: 'codebase-mcp-edge' },
      ])
    }
  })

  test('has a health check for each container', () => {
    const checks = running().map(({ inputs }) => (inputs.healthcheck as { tests: string[] }).tests.join(' '))
    expect(checks).toEqual([
      'CMD promtool check ready --url=http://127.0.0.1:9090',
      'CMD wget -q -O /dev/null http://127.0.0.1:3000/api/health',
    ])
  })

  test('scrapes the server, and the worker if there is one', async () => {
    const targets = (of: Made[]) => {
      const { scrape_configs } = fileIn(of, 'monitoring-prometheus-config-carrier', '/etc/codebase-mcp/prometheus.json')
      return scrape_configs[0].static_configs.map(({ targets }: { targets: string[] }) => targets.join())
    }
    expect(targets(all)).toEqual(['server:8000'])
    expect(targets(await resources({ profiles: ['monitoring', 'worker'] }))).toEqual(['server:8000', 'worker:8000'])
  })

  test('finds the rules where the configuration names them', () => {
    const carrier = 'monitoring-prometheus-config-carrier'
    const { rule_files } = fileIn(all, carrier, '/etc/codebase-mcp/prometheus.json')
    expect(fileIn(all, carrier, rule_files[0]).groups[0].rules.length).toBeGreaterThan(10)
  })

  test('keeps its data in a volume, for as long as the settings say', async () => {
    const other = inputsOf(await resources({ monitoring: { retention: '30d' } }), 'monitoring-prometheus')
    expect(other.command).toContain('--storage.tsdb.retention.time=30d')
    expect(other.command).toContain('--storage.tsdb.path=/prometheus')
    expect(other.mounts).toContainEqual({ type: 'volume', source: 'codebase-mcp-prometheus', target: '/prometheus' })
  })

  test('lets everybody who reaches Grafana look, and only the administrator change', () => {
    const { envs } = inputsOf(all, 'monitoring-grafana')
    expect(envs).toEqual(
      expect.arrayContaining([
        'GF_AUTH_ANONYMOUS_ENABLED=true',
        'GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer',
        'GF_SECURITY_ADMIN_PASSWORD__FILE=/run/secrets/grafana-password',
        'GF_SERVER_ENFORCE_DOMAIN=true',
        'GF_SERVER_DOMAIN=127.0.0.1',
      ]),
    )
  })

  test('keeps the password out of everything but its file', () => {
    const holders = all.filter(({ secrets }) => secrets.length > 0).map(({ name, secrets }) => [name, secrets])
    expect(holders).toEqual([['monitoring-grafana-secrets-carrier', ['uploads']]])
    const readers = running().filter(({ inputs }) => JSON.stringify(inputs.mounts).includes('grafana-secrets'))
    expect(readers.map(({ name }) => name)).toEqual(['monitoring-grafana'])
  })

  test('sets Grafana up with its data source and the dashboard as its home, without outside calls', () => {
    const { envs } = inputsOf(all, 'monitoring-grafana')
    const variables = Object.fromEntries((envs as string[]).map((line) => line.split(/=(.*)/)))
    const carrier = 'monitoring-grafana-config-carrier'
    const of = (path: string) => fileIn(all, carrier, path)
    const provisioning = variables.GF_PATHS_PROVISIONING
    expect(of(`${provisioning}/datasources/prometheus.yaml`).datasources).toMatchObject([
      { type: 'prometheus', url: 'http://prometheus:9090', isDefault: true },
    ])
    const home = variables.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? ''
    expect(of(home).title).toBe('Codebase MCP')
    const [{ options }] = of(`${provisioning}/dashboards/codebase-mcp.yaml`).providers
    expect(home.startsWith(`${options.path}/`)).toBe(true)
    const asking = ['REPORTING_ENABLED', 'CHECK_FOR_UPDATES', 'CHECK_FOR_PLUGIN_UPDATES']
    for (const what of asking) expect(variables[`GF_ANALYTICS_${what}`], what).toBe('false')
    expect(variables.GF_PLUGINS_PREINSTALL_DISABLED).toBe('true')
  })

  test('is replaced together with the files that it reads', () => {
    const labels = (name: string) => inputsOf(all, name).labels
    expect(labels('monitoring-prometheus')).toContainEqual({
      label: 'config',
      value: 'monitoring-prometheus-config-carrier-id',
    })
    expect(labels('monitoring-grafana')).toEqual(
      expect.arrayContaining([
        { label: 'config', value: 'monitoring-grafana-config-carrier-id' },
        { label: 'secrets', value: 'monitoring-grafana-secrets-carrier-id' },
      ]),
    )
  })

  test('keeps the volume and the password while it does not run', async () => {
    const stopped = await resources({ running: false })
    expect(stopped.filter(({ type }) => type === CONTAINER)).toEqual([])
    const names = stopped.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['monitoring-data', 'monitoring-grafana-password']))
  })

  test('takes ports and images from the settings', async () => {
    const image = `registry.example.com/grafana@sha256:${'1'.repeat(64)}`
    const other = await resources({
      name: 'second',
      monitoring: { prometheusPort: 9099, grafanaPort: 3099, grafanaImage: image },
    })
    expect(inputsOf(other, 'monitoring-prometheus')).toMatchObject({
      name: 'second-prometheus',
      ports: [{ external: 9099 }],
    })
    const grafana = inputsOf(other, 'monitoring-grafana')
    expect(grafana).toMatchObject({ image, ports: [{ external: 3099 }] })
    expect(grafana.envs).toContain('GF_SERVER_ROOT_URL=http://127.0.0.1:3099')
  })

  test('labels everything that belongs to the stack', () => {
    const made = all.filter(({ type }) => /^docker:index.*:(Container|Volume|Network)$/.test(type))
    for (const { name, inputs } of notEmpty(made)) {
      expect(inputs.labels, name).toContainEqual({ label: 'codebase-mcp.stack', value: 'codebase-mcp' })
    }
  })
})
