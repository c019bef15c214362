import { access, constants, opendir, realpath, stat } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import { Fault } from '../errors.ts'

/**
 * The real path of a folder that may be indexed because it is one of the roots or inside one. What lies outside them is
 * not told apart from what does not exist.
 * @throws Fault `path_not_found`, `path_not_a_folder`, `path_not_allowed`, `path_unreadable`, `folder_empty`
 */
export async function allowedFolder(path: string, roots: readonly string[]): Promise<string> {
  const real = await realPath(path)
  const allowed = [...roots.map((root) => resolve(root)), ...(await realRoots(roots))]
  if (!allowed.some((root) => isInside(real.path, root))) throw notAllowed(path, roots)
  if (real.error !== undefined) throw unreachable(path, real.error)
  await refuseUnusable(path, real.path)
  return real.path
}

/** The path without links, or as it is where it cannot be followed. */
export async function realPath(
  path: string,
): Promise<{ readonly path: string; readonly error?: NodeJS.ErrnoException }> {
  try {
    return { path: await realpath(path) }
  } catch (error) {
    return { path: resolve(path), error: error as NodeJS.ErrnoException }
  }
}

async function realRoots(roots: readonly string[]): Promise<string[]> {
  const found = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)))
  return found.filter((root) => root !== undefined)
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(root, way) === path
}

async function refuseUnusable(given: string, path: string): Promise<void> {
  try {
    if (!(await stat(path)).isDirectory()) {
      throw new Fault('path_not_a_folder', `${JSON.stringify(given)} is not a folder`, 'Give the folder that it is in')
    }
    await access(path, constants.R_OK | constants.X_OK)
    if (!(await isEmpty(path))) return
  } catch (error) {
    throw error instanceof Fault ? error : unreachable(given, error as NodeJS.ErrnoException)
  }
  throw new Fault(
    'folder_empty',
    `The folder ${JSON.stringify(given)} is empty`,
    'Give a folder that holds source code',
  )
}

async function isEmpty(path: string): Promise<boolean> {
  const folder = await opendir(path)
  try {
    return (await folder.read()) === null
  } finally {
    await folder.close()
  }
}

function unreachable(path: string, { code }: NodeJS.ErrnoException): Fault {
  if (code === 'EACCES' || code === 'EPERM') {
    return new Fault(
      'path_unreadable',
      `${JSON.stringify(path)} may not be read by this user (${code})`,
      'Give the user that runs the service the right to read it and all above it',
    )
  }
  return new Fault(
    'path_not_found',
    `There is no folder ${JSON.stringify(path)}`,
    'Check the path, seen from the service',
  )
}

function notAllowed(path: string, roots: readonly string[]): Fault {
  const known = roots.length === 0 ? 'there is none' : roots.map((root) => JSON.stringify(root)).join(', ')
  return new Fault(
    'path_not_allowed',
    `${JSON.stringify(path)} is outside the folders that may be indexed (${known})`,
    'Give a folder inside one of them, or add it to REPOSITORY_ROOTS',
  )
}
