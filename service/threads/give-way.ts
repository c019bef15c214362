import { constants, getPriority, setPriority } from 'node:os'

/** Half of what others get of a processor that is not enough for all. */
const LESS = 3

/**
 * Lets other threads go before the calling one and those that it starts, where there is more to do than the processors
 * can; false where the system gives no thread a priority of its own.
 */
export function giveWay(): boolean {
  // Elsewhere it would be that of the whole process.
  if (process.platform !== 'linux') return false
  setPriority(0, Math.min(constants.priority.PRIORITY_LOW, getPriority(0) + LESS))
  return true
}
