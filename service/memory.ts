import { totalmem } from 'node:os'
import type { Log } from './log.ts'
import { GIB, MIB, shownBytes } from './units.ts'

export interface Memory {
  readonly totalBytes: number
  /** Memory limit of the container or service. Undefined if unlimited. */
  readonly limitBytes?: number
}

/** What indexing a large repository was measured to take at most, rounded up. */
export const NEEDED_BYTES = { embedded: GIB, postgres: 512 * MIB }

export function memoryOfThisProcess(): Memory {
  const totalBytes = totalmem()
  const limitBytes = process.constrainedMemory()
  // Without a limit, it is 0 or more than the machine has.
  return { totalBytes, ...(limitBytes > 0 && limitBytes < totalBytes ? { limitBytes } : {}) }
}

export function shownMemory({ totalBytes, limitBytes }: Memory): string {
  return limitBytes === undefined
    ? shownBytes(totalBytes)
    : `${shownBytes(limitBytes)}, which is the limit of the container`
}

/** Describes memory that is less than indexing needs. Undefined if it is enough. */
export function scarcityOf(memory: Memory, neededBytes: number) {
  if ((memory.limitBytes ?? memory.totalBytes) >= neededBytes) return undefined
  return {
    detail: `${shownMemory(memory)}, less than indexing a large repository takes (${shownBytes(neededBytes)})`,
    remedy:
      memory.limitBytes === undefined ? 'Use a machine with more memory' : 'Raise the memory limit of the container',
  }
}

/** Says in the log if a process that indexes may need more memory than it has. The system would kill it in silence. */
export function tellOfScarcity(
  log: Pick<Log, 'warn'>,
  kind: keyof typeof NEEDED_BYTES,
  memory = memoryOfThisProcess(),
) {
  const scarcity = scarcityOf(memory, NEEDED_BYTES[kind])
  if (scarcity !== undefined)
    log.warn(scarcity, 'This process may be killed while it indexes, because it has little memory')
}
