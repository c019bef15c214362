import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, resolve } from 'node:path'
import { shown } from '../settings/kinds.ts'

export interface MountedRepository {
  readonly name: string
  readonly hostPath: string
  /** Path in the server's container. */
  readonly path: string
}

/** Folder in the server's container that holds all repositories. */
export const REPOSITORY_ROOT = '/repositories'

/** Resolves the entries of the setting to folders on this machine. Relative paths start at `root`. */
export const locateRepositories = (entries: readonly string[], root: string): MountedRepository[] =>
  entries.map((entry) => locate(entry, root))

/** Returns the faults of the setting's entries, each of which starts with the setting's key. */
export function faultsOfRepositories(entries: readonly string[], root: string): string[] {
  const located = locateRepositories(entries, root)
  return located.flatMap(({ name, hostPath }, index) => {
    const entry = entries[index] ?? ''
    const fault = urlFault(entry) ?? faultOf(hostPath) ?? nameFault(name, located.slice(0, index))
    return fault === undefined ? [] : [`repositories has ${shown(entry)}: ${fault}`]
  })
}

function locate(entry: string, root: string): MountedRepository {
  const [, given, folder = ''] = /^(?:([^=/]+)=)?(.*)$/.exec(entry) ?? []
  const hostPath = resolve(root, folder.replace(/^~(?=$|\/)/, homedir()))
  const name = given ?? basename(hostPath)
  return { name, hostPath, path: `${REPOSITORY_ROOT}/${name}` }
}

const URL_OR_SCP = /^([\w.-]+=)?([a-z][a-z0-9+.-]*:\/\/|[\w.-]+@[\w.-]+:)/i

function urlFault(entry: string): string | undefined {
  return URL_OR_SCP.test(entry)
    ? 'with target docker, a repository is a folder of this machine; clone it and name its folder, or set target to kubernetes'
    : undefined
}

function faultOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return `there is no folder ${path}; correct the path or remove the entry`
  return stat.isDirectory() ? undefined : `${path} is a file; use its folder instead`
}

function nameFault(name: string, earlier: readonly MountedRepository[]): string | undefined {
  if (!/^[\w.-]+$/.test(name)) {
    return `${JSON.stringify(name)} is not a valid name; choose one of letters, digits, ".", "_" and "-": name=folder`
  }
  const other = earlier.find((repository) => repository.name === name)
  return other === undefined
    ? undefined
    : `${JSON.stringify(name)} is already the name of ${other.hostPath}; give one of them another name: name=folder`
}
