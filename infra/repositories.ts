import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, resolve } from 'node:path'

export interface MountedRepository {
  readonly name: string
  readonly hostPath: string
  /** Where the server sees it. */
  readonly path: string
}

/** The folder inside the server's container that holds every repository. */
export const REPOSITORY_ROOT = '/repositories'

/** The folders of this machine that the setting names, relative ones seen from `root`. */
export const locateRepositories = (entries: readonly string[], root: string): MountedRepository[] =>
  entries.map((entry) => locate(entry, root))

/** What is wrong with the entries of the setting, each beginning with its key. */
export function faultsOfRepositories(entries: readonly string[], root: string): string[] {
  const located = locateRepositories(entries, root)
  return located.flatMap(({ name, hostPath }, index) => {
    const fault = faultOf(hostPath) ?? nameFault(name, located.slice(0, index))
    return fault === undefined ? [] : [`repositories has ${JSON.stringify(entries[index])}: ${fault}`]
  })
}

function locate(entry: string, root: string): MountedRepository {
  const [, given, folder = ''] = /^(?:([^=/]+)=)?(.*)$/.exec(entry) ?? []
  const hostPath = resolve(root, folder.replace(/^~(?=$|\/)/, homedir()))
  const name = given ?? basename(hostPath)
  return { name, hostPath, path: `${REPOSITORY_ROOT}/${name}` }
}

function faultOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return `there is no folder ${path}; correct the path, or remove it`
  return stat.isDirectory() ? undefined : `${path} is a file; name the folder that it is in`
}

function nameFault(name: string, earlier: readonly MountedRepository[]): string | undefined {
  if (!/^[\w.-]+$/.test(name)) {
    return `${JSON.stringify(name)} cannot be a name; give it one of letters, digits, ".", "_" and "-": name=folder`
  }
  const other = earlier.find((repository) => repository.name === name)
  return other === undefined
    ? undefined
    : `${JSON.stringify(name)} is already the name of ${other.hostPath}; give one of them another: name=folder`
}
