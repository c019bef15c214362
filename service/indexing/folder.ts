import { access, constants, opendir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from '../errors.ts'
import { isGitUrl } from '../git-url.ts'

/**
 * Returns the real path of a folder that is one of the roots or inside one. Folders outside the roots are reported as
 * if they did not exist.
 * @throws Fault `request_invalid`, `path_not_found`, `path_not_a_folder`, `path_not_allowed`, `path_unreadable`,
 * `folder_empty`
 */
export async function allowedFolder(given: string, roots: readonly string[]): Promise<string> {
  const path = absolutePath(given)
  const real = await realPath(path)
  const allowed = [...roots.map((root) => resolve(root)), ...(await realRoots(roots))]
  if (!allowed.some((root) => isInside(real.path, root))) throw notAllowed(path, roots)
  if (real.error !== undefined) throw unreachable(path, real.error)
  await refuseUnusable(path, real.path)
  return real.path
}

const EXAMPLE = process.platform === 'win32' ? 'C:\\Users\\me\\app' : '/home/me/app'
const GIVE_ABSOLUTE = `Give the absolute path of the folder on the machine of the server, such as ${EXAMPLE}`
const WINDOWS = /^([a-z]):[\\/]/i
const WSL = /^[\\/]{2}wsl(?:\$|\.localhost)[\\/][^\\/]+/i

/**
 * Returns the absolute path in a text, which may be a file URL.
 * @throws Fault `request_invalid` with the remedy if it is not a path on this machine
 */
export function absolutePath(given: string): string {
  const path = given.trim().replace(/^(["'])(.*)\1$/s, '$2')
  if (/^file:\/\//i.test(path)) return pathOfFileUrl(path)
  if (isAbsolute(path) && !WSL.test(path)) return path
  const [why, remedy = GIVE_ABSOLUTE] = whyNotAbsolute(path)
  throw new Fault('request_invalid', `path: ${JSON.stringify(given)} ${why}`, remedy)
}

function whyNotAbsolute(path: string): readonly [why: string, remedy?: string] {
  if (isGitUrl(path) && !WINDOWS.test(path)) return ['is a URL, not a folder', 'Give it as url']
  if (path.startsWith('~')) return ['begins with ~, which only a shell expands']
  if (/^(?:\$|%\w+%)/.test(path)) return ['begins with a variable, which only a shell expands']
  if (WSL.test(path)) {
    const inside = path.replace(WSL, '').replaceAll('\\', '/') || '/'
    return ['is a WSL path as Windows sees it', `Give the absolute path inside of WSL: ${inside}`]
  }
  const drive = WINDOWS.exec(path)?.[1]?.toLowerCase()
  if (drive !== undefined || path.startsWith('\\\\')) {
    const mounted = drive && `/mnt/${drive}/${path.slice(3).replaceAll('\\', '/')}`
    const inWsl = mounted === undefined ? '' : `: ${mounted} in WSL, in a container`
    return [
      'is a Windows path, and the server runs on another system',
      `Give the absolute path as the server sees it${inWsl || ','} the folder that it is mounted at`,
    ]
  }
  return ['is relative, and the caller may be in another folder than the server']
}

function pathOfFileUrl(url: string): string {
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw new Fault('request_invalid', `path: ${JSON.stringify(url)} is not a path of this machine`, GIVE_ABSOLUTE, {
      cause: error,
    })
  }
}

/** Resolves links, or returns the path itself if that fails. */
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

/** Whether a path is the root or below it. Both are absolute. */
export function isInside(path: string, root: string): boolean {
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
      `${JSON.stringify(path)} cannot be read by this user (${code})`,
      'Grant the user that runs the service read permission on it and on the folders above it',
    )
  }
  return new Fault(
    'path_not_found',
    `There is no folder ${JSON.stringify(path)}`,
    'Check the absolute path, as the server sees it: a folder of the machine may be mounted elsewhere in its container',
  )
}

function notAllowed(path: string, roots: readonly string[]): Fault {
  const known = roots.length === 0 ? 'none' : roots.map((root) => JSON.stringify(root)).join(', ')
  return new Fault(
    'path_not_allowed',
    `${JSON.stringify(path)} is outside the folders that may be indexed (${known})`,
    'Give the absolute path of a folder inside one of them, or add it to REPOSITORY_ROOTS and start the server again',
  )
}
