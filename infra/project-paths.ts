import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** This project, wherever the program is that uses it. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A file of this project as the engine finds it from the folder of the program: an absolute path differs on every machine. */
export const inProject = (...path: readonly string[]) => relative(process.cwd(), join(ROOT, ...path)) || '.'
