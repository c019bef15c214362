import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of this project, which other programs may import as a package. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Returns the path of a file relative to the program's folder, because an absolute path would differ between machines.
 */
export const inProject = (...path: readonly string[]) => relative(process.cwd(), join(ROOT, ...path)) || '.'
