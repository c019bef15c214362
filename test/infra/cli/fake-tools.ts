import type { Readable } from 'node:stream'
import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { dockerTarget } from '../../../infra/cli/docker/target.ts'
import { kubernetesTarget } from '../../../infra/cli/kubernetes/target.ts'
import type { Lock } from '../../../infra/cli/pulumi/backend.ts'
import type { StackState } from '../../../infra/cli/pulumi/state.ts'
import type { Operation, Pulumi } from '../../../infra/cli/pulumi.ts'
import type { Tools } from '../../../infra/cli/target.ts'
import type { Engine, Info } from '../../../infra/docker/engine/engine.ts'
import type { ContainerFacts } from '../../../infra/docker/engine/facts.ts'
import type { Fault } from '../../../infra/faults.ts'
import type { Kubectl } from '../../../infra/kubernetes/cluster/kubectl.ts'
import type { LogLine } from '../../../infra/log-lines.ts'
import type { Machine } from '../../../infra/machine.ts'
import type { Violation } from '../../../infra/policy/policy.ts'
import type { Ended, Pipes } from '../../../infra/processes.ts'
import { readSettings } from '../../../infra/settings/settings.ts'
import { objectsOf } from '../mocked.ts'
import { planWith, resource } from '../plan/plans.ts'

export const NOW = new Date('2026-11-21T12:00:00Z')

/** Returns a healthy container with these overrides. */
export const container = (part: string, facts: Partial<ContainerFacts> = {}): ContainerFacts => ({
  id: `id-of-${part}`,
  name: `codebase-mcp-${part}`,
  state: 'running',
  health: 'healthy',
  since: '2026-11-21T11:00:00Z',
  startedAt: '2026-11-21T11:00:00Z',
  exitCode: 0,
  outOfMemory: false,
  restarts: 0,
  image: `${part}:1`,
  published: [],
  ...facts,
})

export const CORE = [
  container('postgres', { published: ['127.0.0.1:5432'] }),
  container('ollama'),
  container('server', { published: ['127.0.0.1:1'], memoryLimit: 2048 * 1024 ** 2 }),
]

const INFO: Info = {
  ServerVersion: '28.1.0',
  OSType: 'linux',
  Architecture: 'x86_64',
  MemTotal: 16 * 1024 ** 3,
  NCPU: 8,
  DockerRootDir: '/var/lib/docker',
  SystemTime: NOW.toISOString(),
}

type Programs = (
  command: readonly string[],
  pipes: Pipes,
  container: string,
) => Promise<Partial<Ended>> | Partial<Ended>

export interface Given {
  readonly containers?: readonly ContainerFacts[]
  readonly networks?: readonly string[]
  readonly volumes?: readonly string[]
  /** References of the existing images. */
  readonly images?: readonly string[]
  readonly info?: Partial<Info>
  readonly engineFault?: () => Fault | undefined
  readonly publisher?: string
  /** Log lines by container. */
  readonly logs?: Readonly<Record<string, readonly LogLine[]>>
  /** Runs the programs in containers. */
  readonly programs?: Programs
  /** Returns the output of all other Docker commands. */
  readonly docker?: (...words: readonly string[]) => string
  /** Cluster of a stack on Kubernetes. */
  readonly kubectl?: Kubectl
  readonly config?: Readonly<Record<string, string>>
  /** Decrypted values of the settings for which `config` holds placeholders. */
  readonly decrypted?: Readonly<Record<string, string>>
  readonly state?: Partial<StackState>
  readonly isMade?: boolean
  readonly locks?: readonly Lock[]
  readonly outputs?: Readonly<Record<string, unknown>>
  readonly hasPulumi?: boolean
  /** Returns whether an operation of Pulumi succeeds, or the error that it throws. */
  readonly operation?: (kind: string) => boolean | Error
  /** Returns the exit code of the CLI that is run by hand. */
  readonly byHand?: (words: readonly string[]) => number
  /** Events of each operation of Pulumi. */
  readonly events?: readonly EngineEvent[]
  /** Policy violations of the plan. */
  readonly violations?: readonly Violation[]
  /** Facts of the machine, on which otherwise every program is installed. */
  readonly machine?: Partial<Machine>
  readonly isInteractive?: boolean
  readonly answer?: string
}

function fakeEngine(given: Given, done: string[]): Engine {
  const all = given.containers ?? CORE
  return {
    fault: async () => given.engineFault?.(),
    info: async () => ({ ...INFO, ...given.info }),
    publisherOf: async () => given.publisher,
    of: async () => all,
    inspect: async (names) => all.filter(({ id, name }) => names.includes(id) || names.includes(name)),
    images: async () => new Set(given.images ?? []),
    networksOf: async () => given.networks ?? [],
    volumesOf: async () => given.volumes ?? [],
    remove: async (...names) => void done.push(...names.flat().map((name) => `remove ${name}`)),
    stop: async (names) => void done.push(`stop ${names.join(' ')}`),
    start: async (names) => void done.push(`start ${names.join(' ')}`),
    async limitProcesses(names, count) {
      if (names.length > 0) done.push(`limit ${names.join(' ')} to ${count} processes`)
    },
    usage: async () => new Map([['codebase-mcp-server', { memory: 100 * 1024 ** 2, cpuPercent: 1.5 }]]),
    log: async (name, { tail }) => (given.logs?.[name] ?? []).slice(tail === undefined ? 0 : -tail),
    async *follow() {},
    async run(name, command, pipes = {}) {
      done.push(`${name}: ${command.join(' ')}`)
      const ended = (await given.programs?.(command, pipes, name)) ?? {}
      pipes.output?.end()
      pipes.signal?.throwIfAborted()
      return { exitCode: 0, output: '', errors: '', ...ended }
    },
    async runHere(name, command) {
      done.push(`${name}: ${command.join(' ')}`)
      return 3
    },
    runAside: async ({ options }) => {
      done.push(`run ${options.join(' ')}`)
      return ''
    },
    docker: async (...words) => given.docker?.(...words) ?? '',
  }
}

function fakePulumi(given: Given, done: string[]): Pulumi {
  const { resources = [{ urn: 'urn:a' }], pending = [] } = given.state ?? {}
  let isMade = given.isMade !== false
  return {
    missing: async () =>
      given.hasPulumi === false
        ? [{ group: 'machine', name: 'pulumi', state: 'failing', detail: 'There is no CLI', remedy: 'install it' }]
        : [],
    install: async () => void done.push('install'),
    state: async () => (isMade ? { resources, pending } : undefined),
    async make() {
      isMade = true
      done.push('make')
    },
    async run(kind: string, { options = {}, settings = {}, take }: Operation) {
      const more = [options, settings].filter((each) => Object.keys(each).length > 0)
      done.push([kind, ...more.map((each) => JSON.stringify(each))].join(' '))
      if (!isMade) throw Object.assign(new Error(), { name: 'StackNotFoundError' })
      for (const event of given.events ?? []) take(event)
      const outcome = given.operation?.(kind) ?? true
      if (outcome instanceof Error) throw outcome
      return outcome
    },
    config: async () => ({ ...given.config, ...given.decrypted }),
    outputs: async () => given.outputs ?? {},
    locks: async () => given.locks ?? [],
    unlock: async () => void done.push('unlock'),
    forgetPending: async () => void done.push('forget'),
    unprotect: async () => void done.push('unprotect'),
    byHand: async (words) => {
      done.push(`pulumi ${words.join(' ')}`)
      return given.byHand?.(words) ?? 4
    },
  }
}

const OF_DOCKER = [
  'docker:index/container:Container',
  'postgresql:index/role:Role',
  'random:index/randomPassword:RandomPassword',
]

async function plannedFor(config: Readonly<Record<string, string>>) {
  const settings = readSettings(config)
  if (settings.target === 'docker') return OF_DOCKER.map((type) => resource(type, 'one'))
  const all = await objectsOf(settings)
  return all
    .filter(({ type }) => !type.startsWith('codebase:'))
    .map(({ type, name, inputs }) => resource(type, name, inputs))
}

/** Returns fakes of everything outside this program, and a record of the calls. */
export function fakeTools(given: Given = {}, ...passed: string[]) {
  const printed: string[] = []
  const noted: string[] = []
  const done: string[] = []
  const interruption = new AbortController()
  const engine = fakeEngine(given, done)
  const tools: Tools = {
    root: process.cwd(),
    environment: {},
    asked: { stack: 'dev', settings: {}, passed },
    terminal: {
      isInteractive: given.isInteractive ?? false,
      hasColours: false,
      print: (text) => void printed.push(text),
      note: (line) => void noted.push(line),
      progress: () => {},
      ask: async () => given.answer ?? '',
      absolute: (path) => path,
      interruption: () => ({ signal: interruption.signal, over: () => {} }),
      unread: new AbortController().signal,
      now: () => NOW,
      pause: async () => {},
    },
    pulumi: fakePulumi(given, done),
    machine: {
      nodeVersion: '24.1.0',
      run: async () => ({ exitCode: 0, output: '[]', errors: '' }),
      isOnPath: () => true,
      wantedPackages: () => ({}),
      installedPackage: () => '1.0.0',
      ...given.machine,
    },
    settings: () => readSettings(given.config ?? {}),
    plan: async () => ({
      ...planWith(...(await plannedFor(given.config ?? {}))),
      violations: given.violations ?? [],
    }),
    targetOf: async (settings) =>
      settings.target === 'docker'
        ? dockerTarget(settings, tools, engine)
        : kubernetesTarget(settings, tools, given.kubectl),
  }
  return { tools, engine, printed, noted, done, interrupt: () => interruption.abort() }
}

export async function drained(stream: Readable | undefined): Promise<string> {
  let text = ''
  for await (const chunk of stream ?? []) text += String(chunk)
  return text
}
