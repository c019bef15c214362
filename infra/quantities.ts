const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Formats bytes for people, in powers of 1,024. */
export function shownBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`
}

/** Formats a number of CPUs for people. */
export const shownCpus = (cpus: number) => `${Number(cpus.toFixed(2))} CPU`

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Formats an age for people. @param seconds */
export function shownAge(seconds: number): string {
  if (seconds < 2 * MINUTE) return `${Math.max(0, Math.floor(seconds))} s`
  if (seconds < 2 * HOUR) return `${Math.floor(seconds / MINUTE)} min`
  return seconds < 2 * DAY ? `${Math.floor(seconds / HOUR)} h` : `${Math.floor(seconds / DAY)} days`
}
