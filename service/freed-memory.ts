import { KIB } from './units.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** glibc’s variables that end the growth of its limits. The value is the one it begins with, in bytes. */
export const FIXED_LIMITS: Readonly<Record<string, string>> = { MALLOC_TRIM_THRESHOLD_: String(128 * KIB) }

/**
 * Has glibc return freed memory to the system. Otherwise it keeps up to twice the size of the largest buffer freed so
 * far, in each of a dozen arenas. It reads its limits only when a program begins, so this one begins again, in the same
 * process.
 */
export function returnFreedMemory(environment: Environment): void {
  const isSet = Object.keys(FIXED_LIMITS).some((name) => environment[name] !== undefined)
  // A process would lose the channel to its parent.
  if (process.platform !== 'linux' || isSet || process.channel !== undefined) return
  const { execPath, execArgv, argv } = process
  process.execve?.(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...environment, ...FIXED_LIMITS })
}
