import type { NpmPackage } from './bill-of-materials.ts'

interface Lock {
  readonly packages: Readonly<Record<string, Omit<NpmPackage, 'name'>>>
}

/**
 * The packages that files in node_modules are from, each once; files elsewhere are not a package's.
 * @throws Error where package-lock.json does not have one
 */
export function lockedPackages(lock: Lock, files: readonly string[]): NpmPackage[] {
  const folders = new Set(files.flatMap((file) => packageFolder(file) ?? []))
  return [...folders].map((folder) => {
    const locked = lock.packages[folder]
    if (locked === undefined) throw new Error(`${folder} is not in package-lock.json; run npm install`)
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return { ...locked, name }
  })
}

/** As package-lock.json names it: from the outermost node_modules to the package's own folder. */
const packageFolder = (file: string) =>
  /(?:^|\/)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]
