import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MIB } from '../../units.ts'

/** V8 itself lets 64 MB of a thread's buffers become garbage before it looks for any. */
const MOST_GROWTH = 16 * MIB

type Collect = (options: { readonly type: 'minor' }) => void

let collect: Collect | undefined
let before = 0

/** Frees this thread's short-lived buffers once they have grown by a few megabytes. */
export function freeUnusedBuffers(): void {
  const { external_memory: bytes } = getHeapStatistics()
  if (bytes < before) before = bytes
  if (bytes - before < MOST_GROWTH) return
  collect ??= garbageCollector()
  collect({ type: 'minor' })
  before = getHeapStatistics().external_memory
}

function garbageCollector(): Collect {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}
