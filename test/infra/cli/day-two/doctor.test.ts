import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Ended } from '../../../../infra/cli/child-process.ts'
import { doctor } from '../../../../infra/cli/commands/doctor.ts'
import type { ContainerFacts } from '../../../../infra/cli/day-two/containers/facts.ts'
import { checkClient } from '../../../../infra/cli/day-two/doctor/client.ts'
import type { Finding } from '../../../../infra/cli/day-two/doctor/finding.ts'
import { type Machine, makeMachine } from '../../../../infra/cli/day-two/doctor/machine.ts'
import { showFindings } from '../../../../infra/cli/day-two/doctor/show.ts'
import type { DoctorTools } from '../../../../infra/cli/day-two/doctor/tools.ts'
import { Refused } from '../../../../infra/cli/faults.ts'
import type { Lock } from '../../../../infra/cli/pulumi/backend.ts'
import { asked, CORE, container, fakeTools, NOW } from './fake-tools.ts'

const INFO = {
  ServerVersion: '28.1.0',
  OSType: 'linux',
  Architecture: 'x86_64',
  MemTotal: 16e9,
  NCPU: 8,
  DockerRootDir: '/var/lib/docker',
  SystemTime: NOW.toISOString(),
}

const SERVER_REPORT = { state: 'ok', checks: [{ name: 'schema', state: 'ok', detail: 'migration 1 of 1' }] }

interface Given {
  readonly onPath?: readonly string[]
  readonly programs?: Readonly<Record<string, Partial<Ended>>>
  readonly info?: Partial<typeof INFO>
  readonly packages?: Readonly<Record<string, string>>
  readonly free?: number
  readonly containers?: readonly ContainerFacts[]
  readonly config?: Readonly<Record<string, string>>
  readonly isMade?: boolean
  readonly locks?: readonly Lock[]
  readonly pending?: readonly string[]
  readonly stateFault?: string
  readonly inContainer?: (command: readonly string[]) => Partial<Ended>
  readonly logs?: Readonly<Record<string, readonly { time: string; text: string }[]>>
}

const PACKAGES: Readonly<Record<string, string>> = {
  node: '24.1.0',
  '@pulumi/pulumi': '3.259.0',
  '@pulumi/docker': '5.2.0',
  '@pulumi/postgresql': '3.18.0',
  '@pulumi/random': '4.21.1',
  '@pulumi/kubernetes': '4.32.0',
}

const PLUGINS = ['docker', 'postgresql', 'random'].map((name) => ({
  name,
  kind: 'resource',
  version: PACKAGES[`@pulumi/${name}`],
}))

// Ports that nobody listens on, so that the machine of the test does not matter.
const FREE_PORTS = { 'codebase-mcp:server': '{"port":1}', 'codebase-mcp:postgres': '{"port":2}' }

function toolsFor(given: Given): { tools: DoctorTools; printed: string[] } {
  const {
    onPath = ['pulumi', 'pulumi-language-nodejs', 'docker'],
    packages = PACKAGES,
    inContainer = () => ({}),
  } = given
  const config = { ...FREE_PORTS, ...given.config }
  const fake = fakeTools({
    config,
    ...(given.containers === undefined ? {} : { containers: given.containers }),
    ...(given.logs === undefined ? {} : { logs: given.logs }),
    programs: ([...command]) => {
      if (command.includes('doctor')) return { output: JSON.stringify(SERVER_REPORT), ...inContainer(command) }
      return inContainer(command)
    },
  })
  const outputs: Record<string, Partial<Ended>> = {
    'pulumi version': { output: 'v3.259.0\n' },
    'pulumi plugin ls': { output: JSON.stringify(PLUGINS) },
    'docker info': { output: JSON.stringify({ ...INFO, ...given.info }) },
    ...given.programs,
  }
  const machine: Machine = {
    nodeVersion: '24.1.0',
    async run(program, ...args) {
      const missing = { exitCode: 127, output: '', errors: '' }
      if (!onPath.includes(program)) return missing
      const [, answer] = Object.entries(outputs).find(([start]) => [program, ...args].join(' ').startsWith(start)) ?? []
      return { exitCode: 0, output: '', errors: '', ...answer }
    },
    isOnPath: (program) => onPath.includes(program),
    freeBytes: async () => given.free ?? 100e9,
    wantedPackages: () => PACKAGES,
    installedPackage: (name) => packages[name],
    now: () => NOW.getTime(),
  }
  const pulumi = {
    exists: async () => given.isMade ?? true,
    settings: async () => config,
    async state() {
      if (given.stateFault !== undefined) throw new Refused(given.stateFault)
      return given.isMade === false ? undefined : { resources: [{ urn: 'a' }], pending: given.pending ?? [] }
    },
    locks: async () => given.locks ?? [],
  }
  const tools = {
    ...fake.tools,
    pulumi,
    machine,
    configurationOfFile: async () => ({ ...config, 'codebase-mcp:name': 'from-the-file' }),
    checkClient: async (url: string): Promise<Finding[]> => [
      { group: 'client', name: 'mcp', state: 'ok', detail: url },
    ],
  }
  return { tools: tools as unknown as DoctorTools, printed: fake.printed }
}

/** What is not ok, and the exit code. */
async function diagnosed(given: Given = {}) {
  const { tools, printed } = toolsFor(given)
  const exitCode = await doctor(asked(), tools, { json: true })
  const { state, checks } = JSON.parse(printed.join()) as { state: string; checks: Finding[] }
  return { exitCode, state, checks, wrong: checks.filter((check) => check.state !== 'ok') }
}

const without = (part: string) => CORE.filter(({ name }) => !name.endsWith(part))

describe('the doctor', () => {
  test('finds nothing wrong where all is well, and tells what it looked at', async () => {
    const { exitCode, state, checks, wrong } = await diagnosed()
    expect(wrong).toEqual([])
    expect({ exitCode, state }).toEqual({ exitCode: 0, state: 'ok' })
    expect([...new Set(checks.map(({ group, name }) => `${group} ${name}`))]).toEqual([
      ...['node', 'packages', 'pulumi', 'plugins', 'engine', 'clock', 'memory', 'disk'].map(
        (name) => `machine ${name}`,
      ),
      ...['settings', 'state', 'ports', 'repositories', 'postgres', 'ollama', 'server'].map((name) => `stack ${name}`),
      'server schema',
      'client mcp',
    ])
  })

  test.each<[string, Given, string, Partial<Finding>]>([
    [
      'a package of another version',
      { packages: { ...PACKAGES, node: '22.0.0' } },
      'failing',
      { name: 'packages', detail: 'node 22.0.0 instead of 24.1.0', remedy: 'npm ci' },
    ],
    [
      'an old CLI',
      { programs: { 'pulumi version': { output: 'v3.100.0' } } },
      'warning',
      { name: 'pulumi', detail: 'the CLI 3.100.0 is older than the SDK 3.259.0' },
    ],
    [
      'a CLI without its language',
      { onPath: ['pulumi', 'docker'] },
      'failing',
      { name: 'pulumi', detail: 'pulumi-language-nodejs is not on the PATH' },
    ],
    [
      'a plugin that is missing',
      { programs: { 'pulumi plugin ls': { output: JSON.stringify(PLUGINS.slice(1)) } } },
      'warning',
      { name: 'plugins', detail: 'docker 5.2.0 is not installed: the first `up` downloads it' },
    ],
    [
      'an old engine',
      { info: { ServerVersion: '19.3.1' } },
      'warning',
      { name: 'engine', remedy: 'Update it to 20 or newer' },
    ],
    [
      'clocks apart',
      { info: { SystemTime: new Date(NOW.getTime() - 90_000).toISOString() } },
      'warning',
      { name: 'clock', detail: 'the engine is 90.0 s behind this machine' },
    ],
    [
      'little memory',
      { info: { MemTotal: 2e9 } },
      'warning',
      { name: 'memory', detail: 'the parts of the stack may take 7.5 GB together, and the engine has 2.0 GB' },
    ],
    [
      'another platform',
      { config: { 'codebase-mcp:image': '{"platform":"linux/arm64"}' } },
      'warning',
      { name: 'platform', detail: 'image.platform is linux/arm64, which an engine on linux/amd64 has to emulate' },
    ],
    [
      'settings that are not usable',
      { config: { 'codebase-mcp:server': '{"port":0}' } },
      'failing',
      { name: 'settings', detail: 'codebase-mcp:server.port must be a whole number from 1 to 65535, got 0' },
    ],
    [
      'a lock that was left',
      { locks: [{ pid: 7, host: 'here', since: 'noon', isHeld: false }] },
      'warning',
      {
        name: 'state',
        detail: 'locked since noon by a `pulumi` that is gone (process 7)',
        remedy: '`npm run up` unlocks it',
      },
    ],
    [
      'a lock that is held',
      { locks: [{ pid: 7, host: 'here', since: 'noon', isHeld: true }] },
      'warning',
      { name: 'state', remedy: 'Wait for its end' },
    ],
    [
      'operations that never ended',
      { pending: ['urn:x'] },
      'warning',
      { name: 'state', detail: 'operations that were begun and never ended: urn:x', remedy: '`npm run up` ends them' },
    ],
    [
      'a passphrase that is wrong',
      { stateFault: 'error: incorrect passphrase' },
      'failing',
      { name: 'state', detail: 'cannot be read: error: incorrect passphrase' },
    ],
    ['a stack that is down', { containers: [] }, 'warning', { name: 'containers', remedy: '`npm run up` starts it' }],
    [
      'a part that is missing',
      { containers: without('ollama') },
      'failing',
      { name: 'ollama', detail: 'its container is missing' },
    ],
    [
      'a repository that is missing',
      { config: { 'codebase-mcp:repositories': '["/no/such"]' } },
      'failing',
      {
        name: 'repositories',
        detail: 'codebase-mcp:repositories has "/no/such": there is no folder /no/such',
        remedy: 'correct the path, or remove it',
      },
    ],
    [
      'what a killed restore left',
      { inContainer: ([program]) => (program === 'psql' ? { output: 'codebase_restore (9 MB)\n' } : {}) },
      'warning',
      { name: 'database', detail: 'a restore that was killed has left codebase_restore (9 MB)' },
    ],
  ])('finds %s', async (_, given, state, finding) => {
    const found = await diagnosed(given)
    expect(found.wrong).toMatchObject([{ state, ...finding }])
    expect(found.exitCode).toBe(state === 'failing' ? 1 : 0)
  })

  test.each([
    [{ state: 'exited', exitCode: 1 }, 'exited (exit code 1), after:\nno such table'],
    [
      { state: 'exited', exitCode: 137, outOfMemory: true },
      'killed (exit code 137), for want of memory, after:\nno such table',
    ],
    [{ health: 'unhealthy', checkOutput: 'not ready' }, 'unhealthy: not ready, after:\nno such table'],
    [{ restarts: 3 }, 'ended 3 times by itself, after:\nno such table'],
  ] as const)('tells of a container that is %j how it ended', async (facts, detail) => {
    const { wrong } = await diagnosed({
      containers: [...without('ollama'), container('ollama', facts)],
      logs: { 'codebase-mcp-ollama': [{ time: '1', text: 'no such table' }] },
    })
    expect(wrong).toMatchObject([{ name: 'ollama', detail }])
  })

  test('tells why a model was not pulled', async () => {
    const { wrong } = await diagnosed({
      containers: [...CORE, container('model', { state: 'exited', exitCode: 1 })],
      logs: { 'codebase-mcp-model': [{ time: '1', text: 'Error: file does not exist' }] },
    })
    expect(wrong).toMatchObject([{ name: 'model', detail: 'not pulled, after:\nError: file does not exist' }])
  })

  test('tells how much room there is, and fails where there is none', async () => {
    const { wrong, exitCode } = await diagnosed({ free: 2e9 })
    expect(wrong.map(({ state, name }) => `${name} ${state}`)).toEqual(['disk warning', 'disk warning'])
    expect(exitCode).toBe(0)
    expect((await diagnosed({ free: 1e8 })).exitCode).toBe(1)
  })

  test('asks the container of Postgres for the room that an engine elsewhere has', async () => {
    const df = 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 100 50 400000 1% /var/lib\n'
    const { wrong } = await diagnosed({ inContainer: ([program]) => (program === 'df' ? { output: df } : {}) })
    expect(wrong).toMatchObject([{ state: 'failing', detail: '410 MB free for the volumes of the engine' }])
  })

  test('reports all the rest where the CLI is missing, and takes the settings from the command', async () => {
    const { checks, wrong, exitCode } = await diagnosed({ onPath: ['docker'] })
    expect(exitCode).toBe(1)
    expect(wrong.map(({ name, state }) => `${name} ${state}`)).toEqual(['pulumi failing', 'settings warning'])
    expect(checks.map(({ name }) => name)).toContain('schema')
  })

  test('reports all the rest where the engine is missing or does not answer', async () => {
    const missing = await diagnosed({ onPath: ['pulumi', 'pulumi-language-nodejs'] })
    expect(missing.wrong).toMatchObject([{ name: 'engine', detail: 'Docker is not on the PATH' }])
    const programs = { 'docker info': { exitCode: 1, errors: 'Cannot connect to the Docker daemon\n' } }
    const silent = await diagnosed({ programs })
    expect(silent.wrong).toMatchObject([
      { state: 'failing', detail: 'The Docker engine does not answer: Cannot connect to the Docker daemon' },
    ])
    expect(silent.checks.map(({ name }) => name)).toContain('repositories')
  })

  test('reads the file of a stack that was never made', async () => {
    const { checks, exitCode } = await diagnosed({ isMade: false, containers: [] })
    expect(checks.find(({ name }) => name === 'settings')?.detail).toBe('from-the-file on docker')
    expect(checks.find(({ name }) => name === 'state')?.detail).toContain('was not made yet')
    expect(exitCode).toBe(0)
  })

  test.each([
    [
      { errors: 'There is no mode "doctor". The modes are: serve', output: '', exitCode: 1 },
      'the image is older than its doctor',
    ],
    [{ errors: 'Error: out of memory\n', output: '', exitCode: 1 }, 'it ended without an answer: Error: out of memory'],
  ])('tells of a server whose own doctor does not answer', async (ended, detail) => {
    const { wrong } = await diagnosed({ inContainer: (command) => (command.includes('doctor') ? ended : {}) })
    expect(wrong).toMatchObject([{ group: 'server', name: 'doctor', detail }])
  })
})

test('findings for people are under their groups, each with its remedy below', () => {
  const findings: Finding[] = [
    { group: 'machine', name: 'node', state: 'ok', detail: '24.1.0' },
    { group: 'stack', name: 'server', state: 'failing', detail: 'exited, after:\nno table', remedy: 'Start it' },
    { group: 'stack', name: 'ollama', state: 'warning', detail: 'slow', remedy: 'Wait' },
  ]
  expect(showFindings(findings).split('\n')).toEqual([
    'machine:',
    '  ok         node    24.1.0',
    '',
    'stack:',
    '  x failing  server  exited, after:',
    '                     | no table',
    '                     Start it',
    '  ! warning  ollama  slow',
    '                     Wait',
    '',
    '1 failing, 1 warning, 1 ok',
  ])
})

test('a client that finds nobody is told with the address', async () => {
  expect(await checkClient('http://127.0.0.1:1/mcp')).toMatchObject([
    { group: 'client', state: 'failing', detail: expect.stringContaining('http://127.0.0.1:1/mcp: ') },
  ])
})

test('each package of this project is installed as package.json has it', () => {
  const { wantedPackages, installedPackage } = makeMachine(fileURLToPath(new URL('../../../..', import.meta.url)), {})
  const wanted = Object.entries(wantedPackages())
  expect(wanted.length).toBeGreaterThan(10)
  expect(wanted.map(([name]) => [name, installedPackage(name)])).toEqual(wanted)
})
