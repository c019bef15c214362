import { enableCompileCache } from 'node:module'

// Before anything else is loaded, so that all of it comes out of the cache the next time.
enableCompileCache()
const { runMode } = await import('./modes/program.ts')
process.exitCode = await runMode(process.argv.slice(2), process.env)
