import { existsSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type Ended, isOnPath, outputOf } from '../../processes.ts'

/** What can be learnt of this machine. */
export interface Machine {
  readonly nodeVersion: string
  /** What a program writes; one that is missing ends with 127. */
  run(program: string, ...args: readonly string[]): Promise<Ended>
  isOnPath(program: string): boolean
  /** The exact versions that the project asks for, by package. */
  readonly wantedPackages: () => Readonly<Record<string, string>>
  /** The version of a package that is installed; undefined where it is not. */
  readonly installedPackage: (name: string) => string | undefined
}

const PATIENCE_MS = 20_000

export function makeMachine(root: string, environment: NodeJS.ProcessEnv): Machine {
  const packageAt = (...path: string[]) => {
    const file = join(root, ...path, 'package.json')
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Package) : undefined
  }
  return {
    nodeVersion: process.versions.node,
    run: (program, ...args) => outputOf(program, args, { cwd: root, env: environment, timeout: PATIENCE_MS }),
    isOnPath: (program) => isOnPath(program, environment),
    wantedPackages: () => packageAt()?.dependencies ?? {},
    // Some packages write a "v" before it.
    installedPackage: (name) => packageAt('node_modules', name)?.version.replace(/^v/, ''),
  }
}

interface Package {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/** Bytes of the disk that a folder is on; undefined where the folder is not on this machine. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  if (!existsSync(folder)) return undefined
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
