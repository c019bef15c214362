import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { MIB } from './units.ts'

/** Enough for the objects of many requests at once. V8’s own limit is eight times as much. */
const MOST_BYTES = 16 * MIB
/** Threads begin with this much, because theirs cannot grow either once that of the main thread is large enough. */
const THREADS_BEGIN_WITH_MIB = 8

/**
 * Limits the memory for young objects of the main thread, which V8 would let grow to 128 MiB while a large index is
 * read, and keep. Its limit can only be set on the command line, but not whether it grows.
 */
export function limitYoungHeap(): void {
  const observer = new PerformanceObserver(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')
    if (young === undefined || young.space_size < MOST_BYTES) return
    setFlagsFromString(`--min-semi-space-size=${THREADS_BEGIN_WITH_MIB}`)
    setFlagsFromString('--semi-space-growth-factor=1')
    observer.disconnect()
  })
  observer.observe({ entryTypes: ['gc'] })
}
