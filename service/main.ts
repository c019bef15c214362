import { enableCompileCache, getCompileCacheDir } from 'node:module'
import { setFlagsFromString } from 'node:v8'

// Each of the threads has a heap, and would let it grow to four times what is alive before it collects the rest.
setFlagsFromString('--heap-growing-percent=50')
// Before anything else is loaded, so that all of it comes out of the cache the next time; threads look for it in here.
enableCompileCache()
process.env.NODE_COMPILE_CACHE ??= getCompileCacheDir()
const { runMode } = await import('./modes/program.ts')
process.exitCode = await runMode(process.argv.slice(2), process.env)
