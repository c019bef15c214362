import { closeSync, fstatSync, readSync, type Stats } from 'node:fs'
import type { SkipReason } from '../analysis.ts'
import { openReal } from './open-real.ts'

/** The first `maxBytes + 1` bytes of a regular file, or why there are none. */
export type RegularFile = { readonly bytes: Uint8Array; readonly stats: Stats } | FileFault

export interface FileFault {
  readonly fault: SkipReason
  readonly detail?: string
}

/** Reads a file without following links, waiting for a pipe or exceeding the limit, whatever is at the path. */
export function readRegularFile(path: string, maxBytes: number): RegularFile {
  let descriptor: number
  try {
    descriptor = openReal(path)
  } catch (error) {
    return faultOf(error)
  }
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) return { fault: 'special_file' }
    return { bytes: readUpTo(descriptor, Math.min(stats.size, maxBytes) + 1), stats }
  } catch (error) {
    return faultOf(error)
  } finally {
    closeSync(descriptor)
  }
}

function readUpTo(descriptor: number, length: number): Uint8Array {
  const buffer = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const read = readSync(descriptor, buffer, filled, length - filled, null)
    if (read === 0) break
    filled += read
  }
  return buffer.subarray(0, filled)
}

const FAULTS: Readonly<Record<string, SkipReason>> = {
  ELOOP: 'symlink',
  EMLINK: 'symlink',
  ENXIO: 'special_file',
  ENODEV: 'special_file',
  ENOENT: 'vanished',
  ENOTDIR: 'vanished',
  ENAMETOOLONG: 'path_too_long',
}

/** Returns the reason for leaving out a file or folder that could not be opened. */
export function faultOf(error: unknown): FileFault {
  const code = String((error as NodeJS.ErrnoException).code)
  const fault = FAULTS[code]
  return fault === undefined ? { fault: 'unreadable', detail: code } : { fault }
}
