import { shownBytes } from '../quantities.ts'
import { claimsOf } from './demand.ts'
import type { Planned } from './plan.ts'

/** What is wrong with what is asked of a volume that is there; undefined where nothing is. */
export function volumeStep(before: Planned, after: Planned): string | undefined {
  const wanted = new Map(claimsOf([after]).map((claim) => [claim.name, claim]))
  for (const { name, size, storageClass } of claimsOf([before])) {
    const asked = wanted.get(name)
    if (asked === undefined) continue
    if (asked.size < size) {
      return `a volume cannot shrink from ${shownBytes(size)} to ${shownBytes(asked.size)}, so \`up\` refuses; set its storage back, or move the data: ${MOVING}`
    }
    if (asked.storageClass !== storageClass) {
      return `a volume keeps its StorageClass, so \`up\` refuses; set kubernetes.storageClass back, or move the data: ${MOVING}`
    }
  }
  return undefined
}

/** Where the way to other volumes is. */
export const MOVING = 'docs/volumes.md has the way, by a backup'
