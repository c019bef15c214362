import { KIB, MIB } from '../../units.ts'

export const GIB = 1024 * MIB

/** A size as people say it. */
export function shownBytes(bytes: number): string {
  if (bytes >= GIB) return `${(bytes / GIB).toFixed(1)} GiB`
  if (bytes >= MIB) return `${Math.round(bytes / MIB)} MiB`
  return `${Math.round(bytes / KIB)} KiB`
}
