import { MIB } from '../../units.ts'
import { isNotebook } from './notebook.ts'

const TIMES_READ = 8
const MOST_READ = 16 * MIB
/** Most of a notebook is what its cells have put out. */
const MOST_OF_A_NOTEBOOK = 32 * MIB

/** How large a file may be, in bytes, that is read to its end, though its text counts up to `maxFileBytes` and then its names. */
export function mostRead(path: string, maxFileBytes: number): number {
  const most = isNotebook(path) ? MOST_OF_A_NOTEBOOK : Math.min(TIMES_READ * maxFileBytes, MOST_READ)
  return Math.max(maxFileBytes, most)
}
