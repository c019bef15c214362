export const KIB = 1024
export const MIB = 1024 * KIB
export const GIB = 1024 * MIB
export const TIB = 1024 * GIB
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const DAY = 24 * 60 * MINUTE

/** Formats a size in bytes for people: whole KiB or MiB, and GiB with one decimal. */
export function shownBytes(bytes: number): string {
  if (bytes >= GIB) return `${(bytes / GIB).toFixed(1)} GiB`
  if (bytes >= MIB) return `${Math.round(bytes / MIB)} MiB`
  return `${Math.round(bytes / KIB)} KiB`
}
