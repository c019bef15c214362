import { MIB } from '../../units.ts'
import { isNotebook } from './notebook.ts'

const TIMES_READ = 8
const MOST_READ = 16 * MIB
/** Most of a notebook is the output of its cells. */
const MOST_OF_A_NOTEBOOK = 32 * MIB

/**
 * Returns up to which size a file is read completely, in bytes. Its text counts up to `maxFileBytes`, and its
 * definitions beyond.
 */
export function mostRead(path: string, maxFileBytes: number): number {
  const most = isNotebook(path) ? MOST_OF_A_NOTEBOOK : Math.min(TIMES_READ * maxFileBytes, MOST_READ)
  return Math.max(maxFileBytes, most)
}
