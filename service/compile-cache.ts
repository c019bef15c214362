import { constants, enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { homeFolder } from './home-folder.ts'
import { makeFolder } from './make-folder.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Lets Node keep compiled code in a folder, and returns that folder, or undefined if none can be written. The folder is
 * the user's own: in the one that all users of a machine share, somebody else could leave code for this user to run.
 */
export function useCompileCache(environment: Environment): string | undefined {
  const named = environment.NODE_COMPILE_CACHE
  const folders = named ? [named] : [ownFolder(environment), join(tmpdir(), 'node-compile-cache')]
  return folders.find((folder) => folder !== undefined && isUsable(folder))
}

function isUsable(folder: string): boolean {
  const { ENABLED, ALREADY_ENABLED } = constants.compileCacheStatus
  try {
    makeFolder(folder)
  } catch {
    return false
  }
  const { status } = enableCompileCache(folder)
  return status === ENABLED || status === ALREADY_ENABLED
}

function ownFolder({ XDG_CACHE_HOME }: Environment): string | undefined {
  // Elsewhere the folder for temporary files is the user's own.
  if (process.platform === 'darwin' || process.platform === 'win32') return undefined
  if (XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, 'codebase-mcp')
  return join(homeFolder(), '.cache', 'codebase-mcp')
}
