import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ended, isOnPath, outputOf } from './processes.ts'

/** Access to the facts of this machine that checks need. */
export interface Machine {
  readonly nodeVersion: string
  /** Runs a program. The exit code is 127 if it is missing. */
  run(program: string, ...args: readonly string[]): Promise<Ended>
  isOnPath(program: string): boolean
  /** Returns the exact versions of the project's dependencies, by package. */
  readonly wantedPackages: () => Readonly<Record<string, string>>
  /** Returns the installed version of a package. Undefined if it is not installed. */
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
    // Some packages prefix their version with "v".
    installedPackage: (name) => packageAt('node_modules', name)?.version.replace(/^v/, ''),
  }
}

interface Package {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}
