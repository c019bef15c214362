import { setFlagsFromString } from 'node:v8'
import { useCompileCache } from './compile-cache.ts'
import { stopAtOnce } from './modes/stop.ts'
import { limitYoungHeap } from './young-heap.ts'

const [mode = 'serve'] = process.argv.slice(2)
// Options and folders mean `serve`.
stopAtOnce(/^(?:serve|worker|mcp|-.*|.*[\\/.~].*)$/s.test(mode))
// Each thread has its own heap, which would otherwise grow to four times its live objects between collections.
setFlagsFromString('--heap-growing-percent=50')
limitYoungHeap()
// Before anything else is loaded, so that all of it comes out of the cache the next time; threads look for it in here.
const cache = useCompileCache(process.env)
if (cache !== undefined) process.env.NODE_COMPILE_CACHE = cache
const { runMode } = await import('./modes/program.ts')
process.exitCode = await runMode(process.argv.slice(2), process.env)
