import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Creates a folder and its parents. Node's own `recursive` loops forever if the file system allows no folder and
 * reports that its parent is missing, as /proc does.
 * @throws the system's error, also if the path exists and is not a folder
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && dirname(path) !== path) {
      makeFolder(dirname(path), mode)
      mkdirSync(path, { mode })
    } else if (!isFolder(path)) {
      throw error
    }
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
