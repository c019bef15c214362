import { describe, expect, test } from 'vitest'
import { type DockerSettings, readSettings, SettingsFault } from '../../infra/settings/settings.ts'

function faultsOf(config: Record<string, string>): string {
  try {
    readSettings(config)
  } catch (error) {
    if (error instanceof SettingsFault) return error.message
    throw error
  }
  throw new Error('the settings were accepted')
}

const configOf = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`codebase-mcp:${key}`, JSON.stringify(value)]))

const KUBERNETES = {
  'codebase-mcp:target': 'kubernetes',
  'codebase-mcp:kubernetes': '{"context":"production"}',
  'codebase-mcp:image': '{"reference":"registry.example.com/codebase-mcp:1"}',
}

describe('readSettings', () => {
  test('runs on Docker with a default for everything', () => {
    expect(readSettings({})).toMatchObject({
      target: 'docker',
      name: 'codebase-mcp',
      running: true,
      protectData: true,
      repositories: [],
      server: { port: 8000, grace: 15 },
      postgres: { port: 5432, image: 'pgvector/pgvector:pg17' },
      ollama: { model: 'all-minilm', insecure: false },
      image: { name: 'codebase-mcp:local', base: 'node:24-trixie-slim' },
    })
  })

  test('accepts a whole group, a single key, or both', () => {
    const config = { 'codebase-mcp:server': '{"logLevel":"debug"}', 'codebase-mcp:server.port': '9001' }
    expect(readSettings(config).server).toMatchObject({ port: 9001, logLevel: 'debug', memory: 2048 })
    expect(readSettings({ 'codebase-mcp:server.port': '9001' }).server.port).toBe(9001)
  })

  test('ignores the settings of providers', () => {
    expect(readSettings({ 'docker:host': 'unix:///run/docker.sock' }).target).toBe('docker')
  })

  test('takes the context as the identity of the cluster, and the name as the namespace', () => {
    expect(readSettings(KUBERNETES)).toMatchObject({
      cluster: { context: 'production', identifier: 'production', namespace: 'codebase-mcp' },
    })
  })

  test.each([
    ['target', 'swarm', 'target must be one of docker, kubernetes, got "swarm"'],
    [
      'name',
      'My Stack',
      'name must be up to 30 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen, got "My Stack"',
    ],
    ['running', 'maybe', 'running must be true or false, got "maybe"'],
    ['repositories', '.', 'repositories must be a list of texts, got "."'],
    ['repositories', '[1]', 'repositories.0 must be text, got 1'],
    ['server', '8000', 'server must be a group of settings, got 8000'],
    ['server', '{"port":"http"}', 'server.port must be a whole number from 1 to 65535, got "http"'],
    ['server.port', '70000', 'server.port must be a whole number from 1 to 65535, got 70000'],
    ['server.port', '1.5', 'server.port must be a whole number from 1 to 65535, got 1.5'],
    ['server.logLevel', 'loud', 'server.logLevel must be one of debug, info, warn, error, got "loud"'],
    [
      'server.memory',
      '64',
      'server.memory must be a whole number of MiB from 128 to 1048576, such as 2048 or 2Gi, got 64',
    ],
    ['postgres.storage', '20 GB', 'postgres.storage must be a size such as 20Gi, of 1Gi or more, got "20 GB"'],
    ['ollama.model', 'all minilm; rm', 'ollama.model must be the name of a model, got "all minilm; rm"'],
    [
      'kubernetes.namespace',
      'A',
      'kubernetes.namespace must be the name of a namespace, up to 63 lower-case letters, digits and inner "-", got "A"',
    ],
    ['ports', '{}', 'ports is not a setting; correct its name or remove it'],
    ['server', '{"prot":1}', 'server.prot is not a setting; did you mean server.port? Correct its name or remove it'],
    ['environment', 'live', 'environment must be one of development, staging, production, got "live"'],
    ['profiles', '["mpc"]', 'profiles.0 must be one of mcp, worker, monitoring, got "mpc"'],
    ['profiles', '["mcp","mcp"]', 'profiles has duplicate entries'],
    ['server.cpus', 'two', 'server.cpus must be a number of CPUs from 0.1 to 1024, such as 1.5 or 500m, got "two"'],
    ['server.variables', '{"a b":"1"}', 'server.variables.a b is not the name of a variable'],
    [
      'database.url',
      'mysql://u:secret@h/d',
      'database.url must be a URL that starts with postgres:// or postgresql://',
    ],
    [
      'database.migrationUrl',
      'postgres://h/d',
      'database.migrationUrl requires database.url, which is missing; add that or remove it',
    ],
    ['ollama.url', 'ollama:11434', 'ollama.url must be a URL that starts with http:// or https://, got "ollama:11434"'],
    ['containers.logSize', '10 MB', 'containers.logSize must be a size such as 10m, got "10 MB"'],
    [
      'kubernetes.context',
      'x',
      'kubernetes is only for target kubernetes, but target is docker; remove it or set target to kubernetes',
    ],
    ['postgres.port', '8000', 'server.port and postgres.port are both 8000; change one of them'],
    ['server.port', '10080', 'server.port must be a port to which browsers connect, such as 8000, got 10080'],
    [
      'monitoring.grafanaPort',
      '6000',
      'monitoring.grafanaPort must be a port to which browsers connect, such as 8000, got 6000',
    ],
  ])('reports the fault of %s=%s', (key, value, fault) => {
    expect(faultsOf({ [`codebase-mcp:${key}`]: value }).split('\n')).toContain(`  codebase-mcp:${fault}`)
  })

  test('reports all faults at once, with remedies', () => {
    const faults = faultsOf({
      'codebase-mcp:target': 'swarm',
      'codebase-mcp:server': '{"port":0,"host":"x"}',
      'codebase-mcp:prots': '1',
    })
    expect(faults.split('\n')).toHaveLength(6)
    expect(faults).toMatch(/pulumi config set (-- )?--path/)
  })

  test.each([
    [
      { database: { url: 'postgres://h/d' }, postgres: { memory: 512 } },
      'database.url and postgres cannot be combined',
    ],
    [
      { target: 'kubernetes', database: { url: 'postgres://h/d' }, postgres: { image: 'postgres:18', memory: 512 } },
      'database.url and postgres cannot be combined',
    ],
    [{ ollama: { url: 'http://h', gpu: 'nvidia' } }, 'ollama.url and ollama.gpu cannot be combined'],
    [{ ollama: { enabled: false, model: 'x' } }, 'ollama.enabled: false and ollama.model cannot be combined'],
    [
      { postgres: { image: 'x:pg17', version: 18 } },
      'postgres.version is 18, but postgres.image, x:pg17, has Postgres 17',
    ],
    [{ image: { reference: 'x:1', base: 'y' } }, 'image.reference and image.base cannot be combined'],
    [{ image: { reference: 'x:1' }, liveReload: true }, 'image.reference and liveReload cannot be combined'],
    [{ profiles: ['monitoring'], server: { port: 3000 } }, 'server.port and monitoring.grafanaPort are both 3000'],
  ])('refuses a contradiction: %j', (values, fault) => {
    expect(faultsOf(configOf(values))).toContain(fault)
  })

  test('accepts the image for backups on a cluster with an external database', () => {
    const own = { database: { url: 'postgres://h/d' }, postgres: { image: 'postgres:18', storage: '50Gi' } }
    const cluster = { target: 'kubernetes', kubernetes: { context: 'c' }, image: { reference: 'x:1' } }
    expect(readSettings(configOf({ ...cluster, ...own })).postgres.image).toBe('postgres:18')
    expect(faultsOf(configOf(own))).toContain('database.url and postgres cannot be combined')
  })

  test.each(['0 2 * *', '0 25 * * *', '0 0 30 2 *', 'daily', '*/0 * * * *'])(
    'refuses the schedule "%s"',
    (schedule) => {
      const fault = `backup.schedule must be a cron schedule such as "0 2 * * *" or @daily that starts at some time, got "${schedule}"`
      expect(faultsOf(configOf({ backup: { schedule } }))).toContain(fault)
    },
  )

  test('does not show the password in a URL', () => {
    expect(faultsOf({ 'codebase-mcp:database.url': 'mysql://u:secret@h/d' })).not.toContain('secret')
  })

  test.each([
    ['development', 15],
    ['staging', 30],
    ['production', 60],
  ])('gives containers in %s %i seconds to stop', (environment, grace) => {
    expect(readSettings({ 'codebase-mcp:environment': environment }).server.grace).toBe(grace)
    expect(
      readSettings({ 'codebase-mcp:environment': environment, 'codebase-mcp:server.grace': '7' }).server.grace,
    ).toBe(7)
  })

  test('publishes Postgres and Ollama only if they are part of the stack and it is requested', () => {
    const ports = (config: Record<string, string>) =>
      (readSettings(config) as DockerSettings).ports.map(({ key }) => key)
    expect(ports({})).toEqual(['server.port', 'postgres.port'])
    expect(ports({ 'codebase-mcp:database.url': 'postgres://h/d', 'codebase-mcp:ollama.port': '11434' })).toEqual([
      'server.port',
      'ollama.port',
    ])
  })

  test('requires on Kubernetes what has no default, and refuses folders', () => {
    const faults = faultsOf({ 'codebase-mcp:target': 'kubernetes', 'codebase-mcp:repositories': '["."]' })
    expect(faults).toMatch(/codebase-mcp:image\.reference is missing: .* set image\.registry to a registry/)
    expect(faults).toContain('codebase-mcp:repositories has ".", but a cluster cannot read folders on this machine')
  })

  test.each(['http://:8080/shop.git', 'shop=ssh://:22/shop.git', 'git://git.example.com/shop.git'])(
    'refuses on Kubernetes the URL %s, which is no folder',
    (url) => {
      const faults = faultsOf({
        'codebase-mcp:target': 'kubernetes',
        'codebase-mcp:repositories': JSON.stringify([url]),
      })
      expect(faults).toContain(`codebase-mcp:repositories has "${url}", which is no URL of a git server; write it as`)
    },
  )
})
