import { beforeAll, describe, expect, test } from 'vitest'
import { CERTIFICATE } from './certificate.ts'
import { type Made, made, settingsOf } from './mocked.ts'
import { notEmpty } from './not-empty.ts'

const REPOSITORIES = [
  { name: 'api', hostPath: '/code/api', path: '/repositories/api' },
  { name: 'web', hostPath: '/code/web', path: '/repositories/web' },
]

async function resources(values: Record<string, unknown> = {}, options: Parameters<typeof made>[1] = {}) {
  const { DockerStack } = await import('../../infra/docker/stack.ts')
  const settings = settingsOf('docker', values)
  return made(
    (own) => new DockerStack('codebase', { settings, repositories: REPOSITORIES, source: '/project/service' }, own),
    options,
  )
}

const CONTAINER = 'docker:index/container:Container'

describe('the stack on Docker', () => {
  let all: Made[]
  const named = (name: string) => {
    const found = all.find((one) => one.name === name)
    if (found === undefined) throw new Error(`there is no ${name}`)
    return found
  }
  const containers = () => all.filter(({ type }) => type === CONTAINER)

  beforeAll(async () => {
    all = await resources()
  })

  test('gives every resource a unique name', () => {
    const urns = all.map(({ type, name }) => `${type}::${name}`)
    expect(new Set(urns).size).toBe(urns.length)
  })

  test('gives every container a unique name on the engine', () => {
    expect(
      containers()
        .map(({ inputs }) => String(inputs.name))
        .toSorted(),
    ).toEqual([
      'codebase-mcp-model',
      'codebase-mcp-ollama',
      'codebase-mcp-postgres',
      'codebase-mcp-postgres-secrets',
      'codebase-mcp-server',
      'codebase-mcp-server-secrets',
    ])
  })

  test('gives Ollama the variables, and Postgres the parameters, of the settings', async () => {
    const values = {
      ollama: { env: { OLLAMA_KEEP_ALIVE: '24h' } },
      postgres: { parameters: { work_mem: '32MB' } },
    }
    const found = await resources(values)
    const of = (name: string) => found.find(({ type, inputs }) => type === CONTAINER && inputs.name === name)?.inputs
    expect(of('codebase-mcp-ollama')?.envs).toEqual(['OLLAMA_NOPRUNE=1', 'OLLAMA_KEEP_ALIVE=24h'])
    expect(of('codebase-mcp-postgres')?.command).toContain('work_mem=32MB')
  })

  test('replaces a container on any change, the old one first', () => {
    for (const { options } of notEmpty(containers())) {
      expect(options).toMatchObject({ replaceOnChanges: ['*'], deleteBeforeReplace: true })
    }
  })

  test('runs every container without privileges, on a read-only root', () => {
    for (const { name, inputs } of notEmpty(containers().filter(({ inputs }) => inputs.start !== false))) {
      expect(inputs, name).toMatchObject({
        readOnly: true,
        capabilities: { drops: ['ALL'] },
        securityOpts: ['no-new-privileges:true'],
        logDriver: 'json-file',
        logOpts: { 'max-size': '10m', 'max-file': '3' },
        init: true,
      })
    }
  })

  test('limits memory and swap to the same amount', () => {
    for (const { inputs } of notEmpty(containers().filter(({ inputs }) => inputs.start !== false))) {
      expect(inputs.memorySwap).toBe(inputs.memory)
    }
  })

  test('gives long-running containers time to stop, and restarts them three times at most', () => {
    for (const name of ['postgres-container', 'ollama-container', 'server-container']) {
      const { inputs } = named(name)
      expect(inputs).toMatchObject({ restart: 'on-failure', maxRetryCount: 3, wait: true })
      expect(inputs.destroyGraceSeconds).toBe(inputs.stopTimeout)
      expect(inputs.destroyGraceSeconds).toBeGreaterThanOrEqual(15)
    }
  })

  test('publishes only on the loopback address', () => {
    const ports = containers().flatMap(({ inputs }) => (inputs.ports as { ip: string; external: number }[]) ?? [])
    expect(ports.map(({ ip, external }) => `${ip}:${external}`).toSorted()).toEqual([
      '127.0.0.1:5432',
      '127.0.0.1:8000',
    ])
  })

  test('exposes Ollama only to the internal network, and lets nothing out of the edge network', () => {
    expect(named('network-internal').inputs.internal).toBe(true)
    expect(named('network-edge').inputs.options).toEqual({ 'com.docker.network.bridge.enable_ip_masquerade': 'false' })
    expect(named('ollama-container').inputs.networksAdvanced).toEqual([
      { name: 'codebase-mcp-internal', aliases: ['ollama'] },
    ])
  })

  test('mounts repositories read-only and passes their paths', () => {
    const { mounts, envs } = named('server-container').inputs
    expect(mounts).toEqual(
      expect.arrayContaining([
        { type: 'bind', source: '/code/api', target: '/repositories/api', readOnly: true },
        { type: 'bind', source: '/code/web', target: '/repositories/web', readOnly: true },
      ]),
    )
    expect(envs).toContain('REPOSITORIES=/repositories/api,/repositories/web')
  })

  test('keeps passwords out of everything but secret files, roles and the provider', () => {
    const holders = all.filter(({ secrets }) => secrets.length > 0).map(({ name, secrets }) => [name, secrets])
    expect(Object.fromEntries(holders)).toEqual({
      'database-migrator': ['password'],
      'database-provider': ['password'],
      'database-service': ['password'],
      'postgres-secrets-carrier': ['uploads'],
      'server-secrets-carrier': ['uploads'],
    })
  })

  test('names the files in which the server finds its database', () => {
    expect(named('server-secrets-carrier').inputs.uploads).toContainEqual({
      file: '/run/secrets/DATABASE_URL',
      content: 'postgres://codebase:drawn@postgres:5432/codebase',
      permissions: '0444',
    })
    expect(named('server-container').inputs.envs).toEqual(
      expect.arrayContaining([
        'DATABASE_URL_FILE=/run/secrets/DATABASE_URL',
        'MIGRATION_DATABASE_URL_FILE=/run/secrets/MIGRATION_DATABASE_URL',
      ]),
    )
  })

  test('shows secret files only to their reader', () => {
    expect(named('server-secrets-carrier').inputs).toMatchObject({ start: false, mustRun: false, networkMode: 'none' })
    const readers = containers().filter(({ inputs }) => JSON.stringify(inputs.mounts).includes('server-secrets'))
    expect(readers.map(({ name }) => name).toSorted()).toEqual(['server-container', 'server-secrets-carrier'])
  })

  test('replaces the reader of a secret file together with the file', () => {
    expect(named('server-container').inputs.labels).toContainEqual({
      label: 'secrets',
      value: 'server-secrets-carrier-id',
    })
  })

  test('checks Postgres over TCP, on which the initialising server does not listen', () => {
    const { tests } = named('postgres-container').inputs.healthcheck as { tests: string[] }
    expect(tests).toEqual(['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', 'postgres'])
  })

  test('runs the server from the digest of the built image', async () => {
    const built = await resources({}, { outputs: () => ({ repoDigest: 'sha256:built' }) })
    expect(built.find(({ name }) => name === 'server-container')?.inputs.image).toBe('sha256:built')
  })

  test('builds the image from a relative folder', () => {
    expect(named('server-image').inputs).toMatchObject({ skipPush: true, build: { context: '.' } })
  })

  test('lets the service read and write rows, but not create or drop anything', () => {
    const privileges = all
      .filter(({ type }) => type === 'postgresql:index/defaultPrivileges:DefaultPrivileges')
      .map(({ inputs }) => [inputs.owner, inputs.role, inputs.objectType, inputs.privileges])
    expect(privileges).toEqual([
      ['codebase_migrator', 'codebase', 'table', ['SELECT', 'INSERT', 'UPDATE', 'DELETE']],
      ['codebase_migrator', 'codebase', 'sequence', ['USAGE', 'SELECT']],
      ['codebase_migrator', 'codebase', 'function', ['EXECUTE']],
    ])
    expect(named('database-database').inputs.owner).toBe('codebase_migrator')
    expect(named('database-connect').inputs.privileges).toEqual(['CONNECT'])
  })

  test('does not ask Postgres about roles whose volume is gone', () => {
    const inside = all.filter(({ type }) => type.startsWith('postgresql:index'))
    expect(inside.length).toBeGreaterThan(6)
    for (const { name, options } of inside) expect(options, name).toHaveProperty('deletedWith')
  })

  test('protects volumes, passwords and roles', () => {
    const kept = all.filter(({ options }) => options.protect === true).map(({ name }) => name)
    expect(kept).toEqual(
      expect.arrayContaining(['data-postgres', 'data-ollama', 'data-superuser-password', 'database-migrator']),
    )
    expect(kept).not.toContain('server-container')
  })

  test('protects nothing if the data may be removed', async () => {
    const open = await resources({ protectData: false })
    expect(open.filter(({ options }) => options.protect === true)).toEqual([])
  })

  test('keeps volumes, passwords and roles, but no container, while it is not running', async () => {
    const stopped = await resources({ running: false })
    expect(stopped.filter(({ type }) => type === CONTAINER)).toEqual([])
    const names = stopped.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['data-postgres', 'data-superuser-password', 'database-migrator']))
  })

  test('takes names, ports and the model from the settings', async () => {
    const other = await resources({
      name: 'second',
      server: { port: 9000, grace: 30 },
      postgres: { port: 9001 },
      ollama: { model: 'registry.example.com/library/embed', insecure: true },
    })
    const of = (name: string) => other.find((one) => one.name === name)?.inputs ?? {}
    expect(of('server-container')).toMatchObject({ name: 'second-server', destroyGraceSeconds: 30 })
    expect(of('server-container').envs).toEqual(
      expect.arrayContaining(['EMBEDDING_MODEL=registry.example.com/library/embed', 'SHUTDOWN_TIMEOUT=27']),
    )
    expect(of('database-provider')).toMatchObject({ host: '127.0.0.1', port: '9001' })
    expect((of('model-pull').command as string[]).slice(2)).toEqual([
      'pull',
      '--insecure',
      'registry.example.com/library/embed',
    ])
  })

  test('adds the containers of its profiles', async () => {
    const more = await resources({ profiles: ['mcp', 'worker'] })
    const of = (name: string) => more.find((one) => one.name === name)?.inputs ?? {}
    expect(of('worker-container')).toMatchObject({ name: 'codebase-mcp-worker', command: ['worker'] })
    expect(of('worker-container')).not.toHaveProperty('ports')
    expect(of('worker-container').mounts).toContainEqual(expect.objectContaining({ target: '/repositories/api' }))
    expect(of('server-container').envs).toContain('INDEXING_CONCURRENCY=0')
    expect(of('mcp-container')).toMatchObject({ command: ['mcp'], stdinOpen: true })
    expect(of('mcp-container').envs).toEqual(['SERVER_URL=http://server:8000'])
  })

  test('adds monitoring with the profile monitoring', async () => {
    const watched = await resources({ profiles: ['monitoring'] })
    expect(watched.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['monitoring-prometheus', 'monitoring-grafana']),
    )
  })

  test('connects to an external database instead of a container', async () => {
    const url = 'postgres://app:pass@db.example.com/code'
    const given = await resources({ database: { url } })
    const of = (name: string) => given.find((one) => one.name === name)
    expect(given.filter(({ name }) => /^(postgres|data-(?!ollama)|database)/.test(name))).toEqual([])
    expect(of('server-secrets-carrier')?.inputs.uploads).toEqual([
      { file: '/run/secrets/DATABASE_URL', content: url, permissions: '0444' },
    ])
    expect(of('server-secrets-carrier')?.secrets).toEqual(['uploads'])
    expect(of('server-container')?.inputs).toMatchObject({
      hosts: [{ host: 'host.docker.internal', ip: 'host-gateway' }],
      networksAdvanced: [{ name: 'codebase-mcp-internal', aliases: ['server'] }, { name: 'codebase-mcp-outside' }],
    })
    expect(JSON.stringify(of('ollama-container')?.inputs.networksAdvanced)).not.toContain('outside')
  })

  test('ensures that an external Ollama has the model, and runs none', async () => {
    const given = await resources({ ollama: { url: 'http://gpu.example.com:11434', model: 'nomic-embed-text' } })
    const of = (name: string) => given.find((one) => one.name === name)?.inputs ?? {}
    expect(given.map(({ name }) => name)).not.toContain('ollama-container')
    expect(of('model-pull')).toMatchObject({ command: ['pull-model'], mustRun: false })
    expect(of('server-container').envs).toEqual(
      expect.arrayContaining(['OLLAMA_BASE_URL=http://gpu.example.com:11434', 'EMBEDDING_MODEL=nomic-embed-text']),
    )
  })

  test('embeds nothing if Ollama is disabled', async () => {
    const without = await resources({ ollama: { enabled: false } })
    expect(without.filter(({ name }) => /ollama|model/.test(name))).toEqual([])
    expect(without.find(({ name }) => name === 'server-container')?.inputs.envs).toContain('OLLAMA_BASE_URL=off')
  })

  test('passes a GPU to Ollama', async () => {
    const container = async (gpu: string) =>
      (await resources({ ollama: { gpu } })).find(({ name }) => name === 'ollama-container')?.inputs
    expect(await container('nvidia')).toMatchObject({ gpus: 'all' })
    expect(await container('amd')).toMatchObject({
      devices: [{ hostPath: '/dev/kfd' }, { hostPath: '/dev/dri' }],
    })
  })

  test('sizes Postgres by its memory, and its shared memory by the needs of vector indexes', async () => {
    const sized = await resources({ postgres: { memory: 4096, maintenanceMemory: 2048, cpus: 2.5 } })
    const postgres = sized.find(({ name }) => name === 'postgres-container')?.inputs
    expect(postgres).toMatchObject({ memory: 4096, memorySwap: 4096, cpus: '2.5', shmSize: 2112 })
    expect(postgres?.command).toEqual(
      expect.arrayContaining(['shared_buffers=1024MB', 'maintenance_work_mem=2048MB', 'effective_cache_size=3072MB']),
    )
  })

  test.each<[object, string, string[]]>([
    [{}, '/var/lib/postgresql/data', ['PGDATA=/var/lib/postgresql/data']],
    [{ image: 'registry.example.com/pgvector:0.8.1-pg18-trixie' }, '/var/lib/postgresql', []],
    [{ image: 'registry.example.com:5000/postgres:19.1' }, '/var/lib/postgresql', []],
    [{ image: 'registry.example.com/vector:stable', version: 18 }, '/var/lib/postgresql', []],
    [{ image: 'registry.example.com/vector:stable' }, '/var/lib/postgresql/data', ['PGDATA=/var/lib/postgresql/data']],
  ])('mounts the volume where the image of %j keeps its data', async (postgres, target, variables) => {
    const container = (await resources({ postgres })).find(({ name }) => name === 'postgres-container')
    const { mounts, envs } = (container?.inputs ?? {}) as { mounts: { target: string }[]; envs: string[] }
    expect(mounts.map((mount) => mount.target)).toEqual(['/run/secrets', target])
    expect(envs.filter((each) => each.startsWith('PGDATA'))).toEqual(variables)
  })

  test('lets the variables of the stack override its own', async () => {
    const { envs } =
      (await resources({ server: { variables: { LOG_LEVEL: 'debug', MAX_FILE_BYTES: 5 } } })).find(
        ({ name }) => name === 'server-container',
      )?.inputs ?? {}
    expect(envs).toEqual(expect.arrayContaining(['LOG_LEVEL=debug', 'MAX_FILE_BYTES=5']))
    expect(envs).not.toContain('LOG_LEVEL=info')
  })

  test('uses its proxy and its certificates in the service, the pull and the build', async () => {
    const proxy = { https: 'http://proxy.example.com:3128', noProxy: ['.corp.example.com'] }
    const given = await resources({ profiles: ['worker'], network: { proxy, ca: CERTIFICATE } })
    const of = (name: string) => given.find((one) => one.name === name)?.inputs ?? {}
    const known = 'localhost,127.0.0.1,::1,server,worker,postgres,ollama,host.docker.internal,.corp.example.com'
    for (const name of ['server-container', 'worker-container', 'model-pull']) {
      expect(of(name).envs).toEqual(expect.arrayContaining([`HTTPS_PROXY=${proxy.https}`, `NO_PROXY=${known}`]))
      expect(JSON.stringify(of(name).mounts)).toContain('/etc/codebase-mcp-certificates')
    }
    expect(of('server-container').envs).toEqual(
      expect.arrayContaining(['NODE_USE_ENV_PROXY=1', 'GIT_SSL_CAINFO=/etc/codebase-mcp-certificates/ca.crt']),
    )
    expect(of('model-pull').envs).toContain('SSL_CERT_DIR=/etc/codebase-mcp-certificates')
    expect(of('server-image').build).toMatchObject({
      args: { HTTPS_PROXY: proxy.https, https_proxy: proxy.https, CERTIFICATES: CERTIFICATE },
    })
    expect(of('ollama-container').envs).toEqual(['OLLAMA_NOPRUNE=1'])
  })

  test('pulls through its proxy with an external Ollama, which is called directly', async () => {
    const given = await resources({
      ollama: { url: 'http://gpu.example.com:11434' },
      network: { proxy: { http: 'http://host.docker.internal:3128' } },
    })
    const { envs } = given.find(({ name }) => name === 'model-pull')?.inputs ?? {}
    expect(envs).toEqual(expect.arrayContaining([expect.stringMatching(/^NO_PROXY=.*,gpu\.example\.com$/)]))
    expect(envs).toContain('HTTP_PROXY=http://host.docker.internal:3128')
  })

  test('runs an existing image instead of building one', async () => {
    const reference = `registry.example.com/codebase-mcp@sha256:${'1'.repeat(64)}`
    const ready = await resources({ image: { reference } })
    expect(ready.find(({ name }) => name === 'server-image')).toMatchObject({
      type: 'docker:index/remoteImage:RemoteImage',
      inputs: { name: reference },
    })
  })

  test('runs the source itself with live reload', async () => {
    const live = await resources({ liveReload: true })
    const of = (name: string) => live.find((one) => one.name === name)?.inputs ?? {}
    expect(of('server-image').build).toMatchObject({ target: 'development' })
    expect(of('server-container').mounts).toContainEqual({
      type: 'bind',
      source: '/project/service',
      target: '/app/service',
      readOnly: true,
    })
  })

  test('rotates logs and restarts according to the settings', async () => {
    const other = await resources({ containers: { restarts: 0, logSize: '1m', logFiles: 9 } })
    expect(other.find(({ name }) => name === 'server-container')?.inputs).toMatchObject({
      restart: 'no',
      logOpts: { 'max-size': '1m', 'max-file': '9' },
    })
  })

  test('labels everything that belongs to it', () => {
    const made = all.filter(({ type }) => /^docker:index.*:(Container|Volume|Network)$/.test(type))
    for (const { name, inputs } of notEmpty(made)) {
      expect(inputs.labels, name).toContainEqual({ label: 'codebase-mcp.stack', value: 'codebase-mcp' })
    }
  })

  test('can be previewed before any value is known', async () => {
    const planned = await resources({}, { preview: true })
    expect(planned.map(({ name }) => name).toSorted()).toEqual(all.map(({ name }) => name).toSorted())
  })
})
