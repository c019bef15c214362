import { shownBytes } from '../quantities.ts'
import { claimsOf } from './demand.ts'
import type { Planned } from './plan.ts'

/** Returns a warning if a change to an existing volume is impossible. Undefined if not. */
export function volumeStep(before: Planned, after: Planned): string | undefined {
  const wanted = new Map(claimsOf([after]).map((claim) => [claim.name, claim]))
  for (const { name, size, storageClass } of claimsOf([before])) {
    const asked = wanted.get(name)
    if (asked === undefined) continue
    if (asked.size < size) {
      return `a volume cannot shrink from ${shownBytes(size)} to ${shownBytes(asked.size)}, so \`up\` refuses; restore its storage setting, or move the data: ${MOVING}`
    }
    if (asked.storageClass !== storageClass) {
      return `a volume keeps its StorageClass, so \`up\` refuses; restore kubernetes.storageClass, or move the data: ${MOVING}`
    }
  }
  return undefined
}

/** Reference to the instructions for moving data to other volumes. */
export const MOVING = 'docs/volumes.md describes the move, by a backup'
