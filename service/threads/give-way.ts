import { constants, getPriority, setPriority } from 'node:os'

/** A niceness that gets about half of a contended processor. */
const LESS = 3

/**
 * Lowers the priority of the calling thread and of threads that it starts. Returns false if the system has no
 * priorities for single threads.
 */
export function giveWay(): boolean {
  // On other systems, this would change the whole process.
  if (process.platform !== 'linux') return false
  setPriority(0, Math.min(constants.priority.PRIORITY_LOW, getPriority(0) + LESS))
  return true
}
