import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { doctor } from '../../../infra/cli/commands/doctor.ts'
import type { Lock } from '../../../infra/cli/pulumi/backend.ts'
import { checkClient } from '../../../infra/cli/report/client.ts'
import type { ListedSource } from '../../../infra/cli/report/server.ts'
import { showFindings } from '../../../infra/cli/report/show-findings.ts'
import type { Info } from '../../../infra/docker/engine/engine.ts'
import { Refused } from '../../../infra/faults.ts'
import type { Finding } from '../../../infra/finding.ts'
import { makeMachine } from '../../../infra/machine.ts'
import type { Ended } from '../../../infra/processes.ts'
import { type Given as Around, CORE, container, fakeTools, NOW } from './fake-tools.ts'

const SERVER_REPORT = { state: 'ok', checks: [{ name: 'schema', state: 'ok', detail: 'migration 1 of 1' }] }

interface Given extends Pick<Around, 'containers' | 'logs' | 'config' | 'isMade' | 'engineFault' | 'hasPulumi'> {
  readonly onPath?: readonly string[]
  readonly ran?: Readonly<Record<string, Partial<Ended>>>
  readonly info?: Partial<Info>
  readonly packages?: Readonly<Record<string, string>>
  readonly locks?: readonly Lock[]
  readonly pending?: readonly string[]
  readonly sources?: readonly ListedSource[]
  readonly stateFault?: string
  readonly inContainer?: (command: readonly string[]) => Partial<Ended>
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

// Nothing listens on these ports, so the tests do not depend on the machine.
const FREE_PORTS = { 'codebase-mcp:server': '{"port":3}', 'codebase-mcp:postgres': '{"port":2}' }

/** The output of a stat of the volumes' disk. */
const disk = (bytes: number) => ({ output: `${bytes / 1024} 1024\n` })

/** Returns the checks that are not ok, and the exit code. */
async function diagnosed(given: Given = {}) {
  const {
    onPath = ['pulumi', 'pulumi-language-nodejs', 'docker'],
    packages = PACKAGES,
    inContainer = () => ({}),
  } = given
  const fake = fakeTools({
    ...given,
    config: { ...FREE_PORTS, ...given.config },
    containers: given.containers ?? CORE.map((each) => ({ ...each, published: each.published.slice(0, 1) })),
    state: { pending: given.pending ?? [] },
    programs: ([...command]) => {
      if (command.includes('--eval')) return { output: JSON.stringify({ health: {}, sources: given.sources }) }
      if (command.includes('doctor')) return { output: JSON.stringify(SERVER_REPORT), ...inContainer(command) }
      return command[0] === 'stat' ? { ...disk(100e9), ...inContainer(command) } : inContainer(command)
    },
  })
  const outputs: Record<string, Partial<Ended>> = {
    'pulumi version': { output: 'v3.259.0\n' },
    'pulumi plugin ls': { output: JSON.stringify(PLUGINS) },
    [process.execPath]: { output: JSON.stringify({ checks: [{ name: 'database', state: 'ok', detail: 'embedded' }] }) },
    ...given.ran,
  }
  const machine = {
    ...fake.tools.machine,
    async run(program: string, ...args: readonly string[]) {
      const [, answer] = Object.entries(outputs).find(([start]) => [program, ...args].join(' ').startsWith(start)) ?? []
      return { exitCode: 0, output: '', errors: '', ...answer }
    },
    isOnPath: (program: string) => onPath.includes(program),
    wantedPackages: () => PACKAGES,
    installedPackage: (name: string) => packages[name],
  }
  const pulumi = {
    ...fake.tools.pulumi,
    async state() {
      if (given.stateFault !== undefined) throw new Refused(given.stateFault)
      return fake.tools.pulumi.state()
    },
  }
  const client = async (url: string): Promise<Finding[]> => [{ group: 'client', name: 'mcp', state: 'ok', detail: url }]
  const exitCode = await doctor({ ...fake.tools, pulumi, machine, checkClient: client }, { json: true })
  const { state, checks } = JSON.parse(fake.printed.join()) as { state: string; checks: Finding[] }
  // The free space of the machine does not matter.
  const wrong = checks.filter((check) => check.state !== 'ok' && !check.detail.includes(' free for /'))
  return { exitCode, state, checks, wrong }
}

const without = (part: string) => CORE.filter(({ name }) => !name.endsWith(part))

describe('the doctor', () => {
  test('finds nothing wrong with a healthy stack, and lists what it checked', async () => {
    const { exitCode, state, checks, wrong } = await diagnosed()
    expect(wrong).toEqual([])
    expect({ exitCode, state }).toEqual({ exitCode: 0, state: 'ok' })
    const looked = checks.map(({ group, name }) => `${group} ${name}`)
    for (const one of ['machine node', 'machine packages', 'machine pulumi', 'machine plugins', 'machine engine']) {
      expect(looked).toContain(one)
    }
    for (const one of ['settings', 'state', 'ports', 'repositories', 'postgres', 'ollama', 'server']) {
      expect(looked).toContain(`stack ${one}`)
    }
    expect(looked.slice(-2)).toEqual(['server schema', 'client mcp'])
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
      { ran: { 'pulumi version': { output: 'v3.100.0' } } },
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
      { ran: { 'pulumi plugin ls': { output: JSON.stringify(PLUGINS.slice(1)) } } },
      'warning',
      { name: 'plugins', detail: 'docker 5.2.0 is not installed: `up` downloads it' },
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
      { info: { MemTotal: 2 * 1024 ** 3 } },
      'warning',
      { name: 'memory', detail: 'the parts of the stack may use 7.0 GiB in total, but the engine has 2.0 GiB' },
    ],
    [
      'another platform',
      { config: { 'codebase-mcp:image': '{"platform":"linux/arm64"}' } },
      'warning',
      { name: 'platform', detail: 'image.platform is linux/arm64, which an engine on linux/amd64 must emulate' },
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
        detail: 'locked since noon by a `pulumi` that has ended (process 7)',
        remedy: '`npm run up` unlocks it',
      },
    ],
    [
      'a lock that is held',
      { locks: [{ pid: 7, host: 'here', since: 'noon', isHeld: true }] },
      'warning',
      { name: 'state', remedy: 'Wait until it ends' },
    ],
    [
      'operations that never ended',
      { pending: ['urn:x'] },
      'warning',
      { name: 'state', detail: 'unfinished operations: urn:x', remedy: '`npm run up` finishes them' },
    ],
    [
      'a passphrase that is wrong',
      { stateFault: 'error: incorrect passphrase' },
      'failing',
      { name: 'state', detail: 'could not be checked: error: incorrect passphrase' },
    ],
    [
      'a stack that is down',
      { containers: [container('model', { state: 'exited' })] },
      'warning',
      { name: 'parts', remedy: '`npm run up` starts it' },
    ],
    [
      'a part that is missing',
      { containers: without('ollama') },
      'failing',
      { name: 'ollama', detail: 'missing; `npm run up` creates it' },
    ],
    [
      'a repository that is missing',
      { config: { 'codebase-mcp:repositories': '["/no/such"]' } },
      'failing',
      {
        name: 'repositories',
        detail: expect.stringContaining('codebase-mcp:repositories has "/no/such": there is no folder /no/such'),
        remedy: 'change it in the settings of the stack',
      },
    ],
    [
      'what a killed restore left',
      { inContainer: ([program]) => (program === 'psql' ? { output: 'codebase_restore (9 MB)\n' } : {}) },
      'warning',
      { name: 'database', detail: 'a killed restore left codebase_restore (9 MB)' },
    ],
  ])('finds %s', async (_, given, state, finding) => {
    const found = await diagnosed(given)
    // Another program of this machine may use a port.
    expect(found.wrong.filter(({ name }) => name !== 'ports')).toMatchObject([{ state, ...finding }])
    expect(found.exitCode).toBe(state === 'failing' ? 1 : 0)
  })

  test.each([
    [{ state: 'exited', exitCode: 1 }, 'ollama is exited (exit code 1), after:\nno such table'],
    [{ state: 'exited', exitCode: 137, outOfMemory: true }, 'ollama is exited (out of memory), after:\nno such table'],
    [{ health: 'unhealthy', checkOutput: 'not ready' }, 'ollama is unhealthy: not ready, after:\nno such table'],
    [{ restarts: 3 }, 'exited and was restarted (restarts: 3)'],
  ] as const)('reports a container that is %j with the end of its log', async (facts, detail) => {
    const { wrong } = await diagnosed({
      containers: [...without('ollama'), container('ollama', facts)],
      logs: { 'codebase-mcp-ollama': [{ time: '1', text: 'no such table' }] },
    })
    expect(wrong).toMatchObject([{ name: 'ollama', detail }])
  })

  test('reports why a model was not pulled', async () => {
    const { wrong } = await diagnosed({
      containers: [...CORE, container('model', { state: 'exited', exitCode: 1 })],
      logs: { 'codebase-mcp-model': [{ time: '1', text: 'Error: file does not exist' }] },
    })
    expect(wrong).toMatchObject([
      { name: 'model', detail: 'the model was not pulled, after:\nError: file does not exist' },
    ])
  })

  test.each([
    [2e9, 'warning', '1.9 GiB'],
    [1e8, 'failing', '95.4 MiB'],
  ])('asks the container of Postgres for free space: %d bytes are %s', async (bytes, state, shown) => {
    const { wrong } = await diagnosed({ inContainer: ([program]) => (program === 'stat' ? disk(bytes) : {}) })
    expect(wrong).toMatchObject([{ name: 'disk', state, detail: `${shown} free for the volumes of the engine` }])
  })

  test('reports all other checks if the CLI is missing', async () => {
    const { checks, wrong, exitCode } = await diagnosed({ hasPulumi: false })
    expect(exitCode).toBe(1)
    expect(wrong).toMatchObject([{ name: 'pulumi', state: 'failing', detail: 'There is no CLI' }])
    expect(checks.map(({ name }) => name)).toContain('schema')
  })

  test('passes for users of `npm start`, and says what only a stack would need', async () => {
    const engineFault = () => ({ detail: 'Docker is not on the PATH', remedy: 'install it' })
    const { checks, wrong, exitCode } = await diagnosed({ hasPulumi: false, engineFault, containers: [] })
    expect(exitCode).toBe(0)
    expect(wrong).toMatchObject([
      { name: 'pulumi', state: 'warning', detail: 'There is no CLI (a stack needs it, `npm start` does not)' },
      { name: 'engine', state: 'warning', remedy: 'install it' },
    ])
    expect(checks.at(-1)).toEqual({ group: 'server', name: 'database', state: 'ok', detail: 'embedded' })
  })

  test('reports the indexed organisations, and those that cannot be listed', async () => {
    const sources = [
      { url: 'https://git.example.com/acme', repositories: 1 },
      {
        url: 'https://git.example.com/gone',
        repositories: 2,
        fault: { message: 'No such group', remedy: 'Correct it' },
      },
    ]
    const { checks, wrong } = await diagnosed({ sources })
    expect(checks.map(({ detail }) => detail)).toContain('https://git.example.com/acme: 1 repository')
    expect(wrong).toMatchObject([{ name: 'sources', state: 'warning', remedy: 'Correct it' }])
  })

  test('reports a server whose own doctor does not answer', async () => {
    const ended = { errors: 'Error: out of memory\n', output: '', exitCode: 1 }
    const { wrong } = await diagnosed({ inContainer: (command) => (command.includes('doctor') ? ended : {}) })
    expect(wrong).toMatchObject([
      { group: 'server', name: 'doctor', detail: 'it exited without a report: Error: out of memory' },
    ])
  })
})

test('findings for people are grouped, each with its remedy below', () => {
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

test('a client that cannot connect reports the address', async () => {
  expect(await checkClient('http://127.0.0.1:1/mcp')).toMatchObject([
    { group: 'client', state: 'failing', detail: expect.stringContaining('http://127.0.0.1:1/mcp: ') },
  ])
})

test('each package of this project is installed in the version in package.json', () => {
  const { wantedPackages, installedPackage } = makeMachine(fileURLToPath(new URL('../../..', import.meta.url)), {})
  const wanted = Object.entries(wantedPackages())
  expect(wanted.length).toBeGreaterThan(10)
  expect(wanted.map(([name]) => [name, installedPackage(name)])).toEqual(wanted)
})
