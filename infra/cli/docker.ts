import type { SpawnOptions } from 'node:child_process'
import { outputOf } from './child-process.ts'
import { Refused } from './faults.ts'

/** The engine's command line: what it writes, once it has ended. @throws Refused where it fails */
export type Docker = (...args: string[]) => Promise<string>

export function makeDocker(options: SpawnOptions): Docker {
  return async (...args) => {
    const { exitCode, output, errors } = await outputOf('docker', args, options)
    if (exitCode !== 0) throw new Refused(`docker ${args.join(' ')} failed: ${errors.trim()}`)
    return output
  }
}

export const linesOf = (output: string): string[] => output.split('\n').filter((line) => line !== '')
