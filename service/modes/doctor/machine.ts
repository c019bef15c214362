import { access, constants, readdir, statfs } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Config } from '../../config.ts'
import { type Memory, memoryOfThisProcess, NEEDED_BYTES, scarcityOf, shownMemory } from '../../memory.ts'
import { GIB, MIB, SECOND, shownBytes } from '../../units.ts'
import { type Check, type Finding, failing, ok, warning } from './check.ts'
import type { Installation } from './installation.ts'
import { DATABASE_VARIABLES, isClientOnly } from './settings.ts'

const NODE_MAJOR = 24
const SCARCE_BYTES = GIB
const TOO_FEW_BYTES = 100 * MIB

/** Checks Node, memory and disk. */
export function machineCheck({ setup: { config }, faulty }: Installation): Check {
  const { kind } = config.database
  return {
    name: 'machine',
    deadlineMs: 3 * SECOND,
    late: { state: 'failing', remedy: 'Check the disks: one of them does not answer' },
    look: async () => {
      const node = nodeFinding(process.versions.node)
      if (isClientOnly(config)) return [node]
      return [node, memoryFinding(memoryOfThisProcess(), NEEDED_BYTES[kind]), ...(await diskFindings(config, faulty))]
    },
  }
}

function diskFindings({ database, log }: Config, faulty: ReadonlySet<string>): Promise<Finding[]> {
  const isEmbedded = database.kind === 'embedded' && !DATABASE_VARIABLES.some((variable) => faulty.has(variable))
  return Promise.all([
    ...(isEmbedded ? [diskFinding('disk', database.folder, 'DATA_FOLDER')] : []),
    ...(log.file === undefined ? [] : [diskFinding('log file', dirname(log.file), 'LOG_FILE')]),
  ])
}

/** @param version as in `process.versions.node` */
export function nodeFinding(version: string): Finding {
  if (Number.parseInt(version, 10) >= NODE_MAJOR) return ok('node', version)
  return warning(
    'node',
    `${version} is older than the version that the service supports (${NODE_MAJOR})`,
    `Run it with npm's scripts, which use a Node of their own, or install Node ${NODE_MAJOR} or newer`,
  )
}

/** `neededBytes` is what the service uses for a large repository. */
export function memoryFinding(memory: Memory, neededBytes: number): Finding {
  const scarcity = scarcityOf(memory, neededBytes)
  return scarcity === undefined
    ? ok('memory', shownMemory(memory))
    : warning('memory', scarcity.detail, scarcity.remedy)
}

/** Checks whether a folder, which need not exist yet, is writable, and how much free space it has. */
export async function diskFinding(name: string, folder: string, variable: string): Promise<Finding> {
  const path = resolve(folder)
  try {
    const there = await nearestFolder(path)
    await access(there, constants.W_OK)
    const { bavail, bsize } = await statfs(there)
    return roomFinding(name, path, bavail * bsize)
  } catch (error) {
    const why = `${JSON.stringify(path)} cannot be written (${(error as NodeJS.ErrnoException).code})`
    return failing(name, why, `Give this user permission to write it, or set ${variable} to another place`)
  }
}

/** Checks whether the free space is enough. */
export function roomFinding(name: string, path: string, freeBytes: number): Finding {
  const detail = `${shownBytes(freeBytes)} free for ${path}`
  if (freeBytes >= SCARCE_BYTES) return ok(name, detail)
  const remedy = 'Make room on that disk'
  return freeBytes < TOO_FEW_BYTES ? failing(name, detail, remedy) : warning(name, detail, remedy)
}

/** Returns the folder or its nearest existing parent. */
async function nearestFolder(path: string): Promise<string> {
  try {
    await readdir(path)
    return path
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return nearestFolder(dirname(path))
  }
}
