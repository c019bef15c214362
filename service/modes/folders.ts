import { readdir, stat } from 'node:fs/promises'
import { Fault } from '../errors.ts'
import { isGitUrl, parseNamedGitUrl } from '../git-url.ts'

/** Options as commander parses them. */
export interface SourceOptions {
  /** Skips the confirmation of unusual folders. */
  readonly yes?: true
}

/**
 * Refuses sources that cannot be indexed, before anything is opened. URLs are checked only for their form.
 * @throws Fault `path_not_found`, `path_not_a_folder`, `path_unreadable`, `folder_empty` or `source_unsupported`
 */
export async function checkFolders(sources: readonly string[]): Promise<void> {
  for (const source of sources) {
    if (isGitUrl(source)) parseNamedGitUrl(source)
    else await checkFolder(source)
  }
}

async function checkFolder(path: string): Promise<void> {
  const name = JSON.stringify(path)
  const found = await stat(path).catch((error) => refuse(error, name))
  if (!found.isDirectory()) {
    throw new Fault('path_not_a_folder', `${name} is a file`, 'Give the folder that holds it')
  }
  const inside = await readdir(path).catch((error) => refuse(error, name))
  if (inside.length === 0) throw new Fault('folder_empty', `${name} is empty`, 'Give a folder with source code')
}

function refuse(error: NodeJS.ErrnoException, name: string): never {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    throw new Fault('path_not_found', `${name} does not exist`, 'Give the path of a folder with source code', {
      cause: error,
    })
  }
  throw new Fault('path_unreadable', `${name} cannot be read (${error.code})`, 'Give this user permission to read it', {
    cause: error,
  })
}
