import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { ROOT } from './project-paths.ts'

// Compiling the code takes half the time of a plan.
enableCompileCache(join(ROOT, '.pulumi', 'compile-cache'))
