import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import type { RunBeside } from '../../database/statements.ts'
import { type Finding, findings } from '../../finding.ts'
import { shownBytes } from '../../quantities.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import { wantedParts } from '../parts.ts'
import type { Info } from './engine.ts'

const { ok, warning, failing } = findings('machine')

const OLDEST_MAJOR = 20

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' }

/**
 * Checks whether the stack can run on the engine.
 * @param aheadMs how far the engine's clock is ahead of this machine's, in milliseconds
 */
export function checkEngine(info: Info, aheadMs: number, settings: DockerSettings): Finding[] {
  const { ServerVersion: version, OSType, Architecture, NCPU, MemTotal: memory } = info
  const platform = `${OSType}/${ARCHITECTURES[Architecture] ?? Architecture}`
  const shown = `${version} on ${platform}, ${NCPU} CPUs, ${shownBytes(memory)}`
  const isOld = Number.parseInt(version, 10) < OLDEST_MAJOR
  return [
    isOld ? warning('engine', `${shown} is old`, `Update it to ${OLDEST_MAJOR} or newer`) : ok('engine', shown),
    clockFinding(aheadMs),
    ...platformFindings(platform, settings),
    memoryFinding(memory, settings),
  ]
}

const CLOCKS_APART_MS = 2_000

function clockFinding(aheadMs: number): Finding {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1)
  if (Math.abs(aheadMs) < CLOCKS_APART_MS) return ok('clock', `${seconds} s between the engine and this machine`)
  const remedy = 'Restart Docker if it runs in a virtual machine, or synchronise both clocks over the network'
  return warning('clock', `the engine is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine`, remedy)
}

function platformFindings(platform: string, { image }: DockerSettings): Finding[] {
  if (image.platform === undefined || image.platform === platform) return []
  const detail = `image.platform is ${image.platform}, which an engine on ${platform} must emulate`
  return [warning('platform', detail, 'Remove codebase-mcp:image.platform unless you need that platform')]
}

const MIB = 1024 ** 2

function memoryFinding(memory: number, settings: DockerSettings): Finding {
  const limits = { ...settings, prometheus: settings.monitoring, grafana: settings.monitoring }
  const limitOf = (part: string) =>
    (part in limits ? (limits[part as keyof typeof limits] as { memory?: number }).memory : 0) ?? 0
  const sum = wantedParts(settings).reduce((total, part) => total + limitOf(part), 0) * MIB
  if (sum <= memory) return ok('memory', `${shownBytes(memory)}, of which the stack may use ${shownBytes(sum)}`)
  const detail = `the parts of the stack may use ${shownBytes(sum)} in total, but the engine has ${shownBytes(memory)}`
  const remedy = 'Give the engine more memory, or lower codebase-mcp:ollama.memory, server.memory or postgres.memory'
  return warning('memory', detail, remedy)
}

const SCARCE_BYTES = 5e9
const TOO_FEW_BYTES = 5e8

/** Checks whether the free space suffices for images and an index. */
function diskFinding(where: string, freeBytes: number): Finding {
  const detail = `${shownBytes(freeBytes)} free ${where}`
  if (freeBytes >= SCARCE_BYTES) return ok('disk', detail)
  const remedy = 'Free some space, such as with `docker system prune`'
  return freeBytes < TOO_FEW_BYTES ? failing('disk', detail, remedy) : warning('disk', detail, remedy)
}

/**
 * Checks the free space of the project's disk and of the engine's. If the engine runs in a virtual machine, only the
 * Postgres container sees its disk.
 */
export async function checkDisks(
  root: string,
  engineFolder: string | undefined,
  runInPostgres: RunBeside | undefined,
): Promise<Finding[]> {
  const ofProject = await freeBytes(root)
  const inPostgres = runInPostgres === undefined ? undefined : await freeBytesOfVolumes(runInPostgres)
  const ofEngine = engineFolder === undefined ? undefined : await freeBytes(engineFolder)
  return [
    ...(ofProject === undefined ? [] : [diskFinding(`for ${root}`, ofProject)]),
    ...(inPostgres !== undefined
      ? [diskFinding('for the volumes of the engine', inPostgres)]
      : ofEngine === undefined
        ? []
        : [diskFinding(`for ${engineFolder} of the engine`, ofEngine)]),
  ]
}

/** Returns the free space on the disk of a folder, in bytes. Undefined if the folder is not on this machine. */
async function freeBytes(folder: string): Promise<number | undefined> {
  if (!existsSync(folder)) return undefined
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

async function freeBytesOfVolumes(run: RunBeside): Promise<number | undefined> {
  const { output } = await run(['stat', '--file-system', '--format=%a %S', '/var/lib/postgresql/data'])
  const [blocks = Number.NaN, size = Number.NaN] = output.trim().split(' ').map(Number)
  return Number.isFinite(blocks * size) ? blocks * size : undefined
}
