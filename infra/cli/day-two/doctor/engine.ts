import type { DockerSettings } from '../../../settings/settings.ts'
import { wantedParts } from '../parts.ts'
import { shownBytes } from '../quantities.ts'
import { type Finding, findings } from './finding.ts'
import type { Machine } from './machine.ts'

const { ok, warning, failing } = findings('machine')

export interface EngineFacts {
  readonly version: string
  /** As images name it, such as linux/amd64. */
  readonly platform: string
  /** Bytes. */
  readonly memory: number
  readonly cpus: number
  /** Where it keeps images and volumes, on the machine that it runs on. */
  readonly folder: string
  /** Milliseconds that its clock is ahead of this machine's. */
  readonly aheadMs: number
}

interface Info {
  readonly ServerVersion?: string
  readonly OSType: string
  readonly Architecture: string
  readonly MemTotal: number
  readonly NCPU: number
  readonly DockerRootDir: string
  readonly SystemTime: string
  readonly ServerErrors?: readonly string[]
}

/** What the engine tells of itself, or why it tells nothing. */
export async function askEngine(machine: Machine): Promise<EngineFacts | { readonly fault: Finding }> {
  const began = machine.now()
  const { exitCode, output, errors } = await machine.run('docker', 'info', '--format', '{{json .}}')
  const middle = (began + machine.now()) / 2
  if (exitCode === 127) {
    return {
      fault: failing('engine', 'Docker is not on the PATH', 'Install it, see https://docs.docker.com/get-docker/'),
    }
  }
  const info = output.startsWith('{') ? (JSON.parse(output) as Info) : undefined
  if (exitCode !== 0 || info?.ServerVersion === undefined || info.ServerVersion === '') {
    const told = [...(info?.ServerErrors ?? []), ...errors.trim().split('\n')].filter((line) => line !== '')
    const why = told.at(0) ?? 'it says nothing'
    return { fault: failing('engine', `The Docker engine does not answer: ${why}`, 'Start it, or correct DOCKER_HOST') }
  }
  return {
    version: info.ServerVersion,
    platform: `${info.OSType}/${ARCHITECTURES[info.Architecture] ?? info.Architecture}`,
    memory: info.MemTotal,
    cpus: info.NCPU,
    folder: info.DockerRootDir,
    aheadMs: Date.parse(info.SystemTime) - middle,
  }
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' }

const OLDEST_MAJOR = 20

/** Whether the engine is one that this stack can run on. */
export function checkEngine(engine: EngineFacts, settings: DockerSettings | undefined): Finding[] {
  const { version, platform, memory, cpus } = engine
  const shown = `${version} on ${platform}, ${cpus} CPUs, ${shownBytes(memory)}`
  const isOld = Number.parseInt(version, 10) < OLDEST_MAJOR
  return [
    isOld ? warning('engine', `${shown} is old`, `Update it to ${OLDEST_MAJOR} or newer`) : ok('engine', shown),
    ...clockFindings(engine),
    ...(settings === undefined ? [] : [...platformFindings(engine, settings), ...memoryFindings(engine, settings)]),
  ]
}

const CLOCKS_APART_MS = 2_000

function clockFindings({ aheadMs }: EngineFacts): Finding[] {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1)
  if (Math.abs(aheadMs) < CLOCKS_APART_MS) return [ok('clock', `${seconds} s between the engine and this machine`)]
  const word = aheadMs > 0 ? 'ahead of' : 'behind'
  return [
    warning(
      'clock',
      `the engine is ${seconds} s ${word} this machine`,
      'Restart Docker where it runs in a virtual machine, or set both clocks by the network',
    ),
  ]
}

function platformFindings({ platform }: EngineFacts, { image }: DockerSettings): Finding[] {
  if (image.platform === undefined || image.platform === platform) return []
  const detail = `image.platform is ${image.platform}, which an engine on ${platform} has to emulate`
  return [warning('platform', detail, 'Remove codebase-mcp:image.platform unless it has to be so')]
}

const MIB = 1024 ** 2

function memoryFindings({ memory }: EngineFacts, settings: DockerSettings): Finding[] {
  const limits = { ...settings, prometheus: settings.monitoring, grafana: settings.monitoring }
  const sum = wantedParts(settings)
    .map(
      (part) => (part in limits ? (limits[part as keyof typeof limits] as { memory?: number }).memory : undefined) ?? 0,
    )
    .reduce((total, each) => total + each, 0)
  if (sum * MIB <= memory)
    return [ok('memory', `${shownBytes(memory)}, of which the stack may take ${shownBytes(sum * MIB)}`)]
  return [
    warning(
      'memory',
      `the parts of the stack may take ${shownBytes(sum * MIB)} together, and the engine has ${shownBytes(memory)}`,
      'Give the engine more, or lower codebase-mcp:ollama.memory, server.memory or postgres.memory',
    ),
  ]
}

const SCARCE_BYTES = 5e9
const TOO_FEW_BYTES = 5e8

/** Whether so many free bytes are enough for images and an index. */
export function diskFinding(where: string, freeBytes: number): Finding {
  const detail = `${shownBytes(freeBytes)} free ${where}`
  if (freeBytes >= SCARCE_BYTES) return ok('disk', detail)
  const remedy = 'Make room; `docker system prune` removes what no container uses'
  return freeBytes < TOO_FEW_BYTES ? failing('disk', detail, remedy) : warning('disk', detail, remedy)
}
