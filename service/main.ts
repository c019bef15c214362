import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'

// Each thread has its own heap, which would otherwise grow to four times its live objects between collections.
setFlagsFromString('--heap-growing-percent=50')
// Enabled before other modules load, so that the next start takes all of them from the cache.
enableCompileCache()
const { runMode } = await import('./modes/program.ts')
process.exitCode = await runMode(process.argv.slice(2), process.env)
