import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Versions = Readonly<Record<string, string>>

interface Manifest {
  readonly type: string
  readonly dependencies: Versions
  readonly devDependencies: Versions
}

interface Locked {
  readonly dependencies?: Versions
  readonly optionalDependencies?: Versions
  readonly peerDependencies?: Versions
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

interface Lock {
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, Locked>>
}

const BUNDLER = 'esbuild'

// The image needs none of these: the Pulumi program runs on the host, Node comes with the base image, and the database
// is Postgres.
const isForeign = (name: string) => name.startsWith('@pulumi/') || name.startsWith('@electric-sql/') || name === 'node'

/**
 * Reduces package.json and its lock to what the service needs, so that other changes to them do not change the result.
 */
export function serviceManifest({ type, dependencies, devDependencies }: Manifest, lock: Lock) {
  const own = Object.entries(dependencies).filter(([name]) => !isForeign(name))
  const bundler = devDependencies[BUNDLER]
  const wanted = Object.fromEntries([...own, ...(bundler === undefined ? [] : [[BUNDLER, bundler]])]) as Versions
  const manifest = { name: 'service', type, dependencies: wanted }
  const { lockfileVersion, packages } = lock
  const kept = reachable(packages, wanted)
  const locked = Object.entries(packages).filter(([path]) => kept.has(path))
  return {
    manifest,
    lock: { name: 'service', lockfileVersion, packages: { '': manifest, ...Object.fromEntries(locked) } },
  }
}

/** Returns the paths in node_modules of the wanted packages and all their dependencies. */
function reachable(packages: Lock['packages'], wanted: Versions): Set<string> {
  const found = new Set<string>()
  const waiting = Object.keys(wanted).map((name) => `node_modules/${name}`)
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const locked = packages[path]
    if (locked === undefined || found.has(path)) continue
    found.add(path)
    for (const name of needsOf(locked)) waiting.push(whereFound(packages, path, name))
  }
  return found
}

function needsOf({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }: Locked): string[] {
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true)
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
}

/** Returns where Node resolves a package that is imported from `path`: the nearest node_modules that has it. */
function whereFound(packages: Lock['packages'], path: string, name: string): string {
  const candidate = `${path}/node_modules/${name}`
  const above = path.lastIndexOf('/node_modules/')
  if (candidate in packages) return candidate
  return above === -1 ? `node_modules/${name}` : whereFound(packages, path.slice(0, above), name)
}

if (import.meta.main) {
  const [folder = 'manifest'] = process.argv.slice(2)
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
  const { manifest, lock } = serviceManifest(read('package.json'), read('package-lock.json'))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
}
