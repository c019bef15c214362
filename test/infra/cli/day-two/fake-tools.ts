import type { Readable } from 'node:stream'
import type { Ended } from '../../../../infra/cli/child-process.ts'
import type { Kubectl } from '../../../../infra/cli/cluster/kubectl.ts'
import type { Containers } from '../../../../infra/cli/day-two/containers/containers.ts'
import type { ContainerFacts } from '../../../../infra/cli/day-two/containers/facts.ts'
import type { LogLine } from '../../../../infra/cli/day-two/containers/log-lines.ts'
import type { Pipes } from '../../../../infra/cli/day-two/piped.ts'
import type { DayTwoTools } from '../../../../infra/cli/day-two/tools.ts'

export const NOW = new Date('2026-11-21T12:00:00Z')

/** A container that is well, unless told otherwise. */
export const container = (part: string, facts: Partial<ContainerFacts> = {}): ContainerFacts => ({
  id: `id-of-${part}`,
  name: `codebase-mcp-${part}`,
  state: 'running',
  health: 'healthy',
  since: new Date('2026-11-21T11:00:00Z'),
  exitCode: 0,
  outOfMemory: false,
  restarts: 0,
  image: { reference: `${part}:1`, id: `sha256:${part.padEnd(64, '0')}` },
  published: [],
  ...facts,
})

export const CORE = [
  container('postgres', { published: [{ port: 5432, address: '127.0.0.1:5432' }] }),
  container('ollama'),
  container('server', { published: [{ port: 8000, address: '127.0.0.1:1' }], memoryLimit: 2048 * 1024 ** 2 }),
]

type Programs = (
  command: readonly string[],
  pipes: Pipes,
  container: string,
) => Promise<Partial<Ended>> | Partial<Ended>

interface Given {
  readonly containers?: readonly ContainerFacts[]
  /** Logs by container. */
  readonly logs?: Readonly<Record<string, readonly LogLine[]>>
  /** What programs in containers do. */
  readonly programs?: Programs
  /** The cluster of a stack on Kubernetes. */
  readonly kubectl?: Kubectl
  readonly outputs?: Readonly<Record<string, unknown>>
  readonly config?: Readonly<Record<string, string>>
  readonly isMade?: boolean
  readonly engineFault?: string
  readonly isInteractive?: boolean
  readonly answer?: string
}

/** Tools that stand at the edge of this program, and what was done with them. */
export function fakeTools(given: Given = {}) {
  const printed: string[] = []
  const noted: string[] = []
  const done: string[] = []
  const interruption = new AbortController()
  const containers: Containers = {
    of: async () => given.containers ?? CORE,
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
    stop: async (names) => void done.push(`stop ${names.join(' ')}`),
    start: async (names) => void done.push(`start ${names.join(' ')}`),
    runAside: async () => '',
  }
  const tools = {
    root: process.cwd(),
    containers,
    kubectl: () => given.kubectl,
    engine: { fault: async () => given.engineFault, publisherOf: async () => undefined },
    pulumi: {
      exists: async () => given.isMade ?? true,
      settings: async () => given.config ?? {},
      outputs: async () => given.outputs ?? {},
    },
    terminal: {
      isInteractive: given.isInteractive ?? false,
      print: (text: string) => void printed.push(text),
      ask: async () => given.answer ?? '',
    },
    notes: { note: (line: string) => void noted.push(line), progress: () => {} },
    interruption: () => ({ signal: interruption.signal, over: () => {} }),
    absolute: (path: string) => path,
    now: () => NOW,
    pause: async () => {},
    hasColours: false,
    unread: new AbortController().signal,
  }
  return { tools: tools as unknown as DayTwoTools, printed, noted, done, interrupt: () => interruption.abort() }
}

export const asked = (...passed: string[]) => ({ stack: 'dev', settings: {}, passed })

/** Reads a stream to its end. */
export async function drained(stream: Readable | undefined): Promise<string> {
  let text = ''
  for await (const chunk of stream ?? []) text += String(chunk)
  return text
}
