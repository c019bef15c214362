/** A package in package-lock.json. */
export interface NpmPackage {
  readonly name: string
  readonly version: string
  readonly license?: string
  /** Algorithm and base64 digest, as npm writes them. */
  readonly integrity?: string
}

/** A Debian package with files in the image. */
export interface SystemPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly source: string
  readonly sourceVersion: string
  /** For example `debian-13`. */
  readonly distribution: string
}

interface Contents {
  readonly product: { readonly name: string; readonly version: string; readonly license: string }
  readonly npm: readonly NpmPackage[]
  readonly system: readonly SystemPackage[]
  /** Version of Node in the image. Undefined for a bundle without Node. */
  readonly node?: string
}

interface Component {
  readonly type: 'application' | 'library' | 'platform'
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
  readonly purl: string
}

/**
 * Returns the contents of the image as CycloneDX, without time and serial number, so that equal contents give equal
 * bytes.
 */
export function billOfMaterials({ product, npm, system, node }: Contents) {
  const components = [
    ...npm.map(npmComponent),
    ...system.map(systemComponent),
    ...(node === undefined ? [] : [nodeComponent(node)]),
  ].sort((a, b) => (a.purl < b.purl ? -1 : 1))
  const { name, version, license } = product
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { ...component('application', name, version, `pkg:npm/${name}@${version}`), ...licensed(license) },
    },
    components,
  }
}

/** Parses a list of packages, one per line: name, version, architecture, source, source version, distribution. */
export function readSystemPackages(text: string): SystemPackage[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name, version, architecture, source, sourceVersion, distribution] = line.split('\t')
      if (!(name && version && architecture && source && sourceVersion && distribution)) {
        throw new Error(`${JSON.stringify(line)} in the list of system packages does not have its six columns`)
      }
      return { name, version, architecture, source, sourceVersion, distribution }
    })
}

function component(type: Component['type'], name: string, version: string, purl: string): Component {
  return { type, 'bom-ref': purl, name, version, purl }
}

function npmComponent({ name, version, license, integrity }: NpmPackage) {
  // The @ of a scope is the only character in a package name that a purl must escape.
  const purl = `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`
  return { ...component('library', name, version, purl), ...licensed(license), ...hashed(integrity) }
}

function systemComponent(found: SystemPackage) {
  const { name, version, architecture, source, sourceVersion, distribution } = found
  const [vendor = ''] = distribution.split('-')
  const origin = encodeURIComponent(`${source}@${sourceVersion}`)
  const qualifiers = `arch=${architecture}&distro=${distribution}&upstream=${origin}`
  const purl = `pkg:deb/${vendor}/${encodeURIComponent(name)}@${encodeURIComponent(version)}?${qualifiers}`
  return component('library', name, version, purl)
}

function nodeComponent(version: string) {
  const cpe = `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`
  return { ...component('platform', 'node', version, `pkg:generic/node@${version}`), cpe }
}

function licensed(license: string | undefined) {
  if (license === undefined) return {}
  return { licenses: /[ (]/.test(license) ? [{ expression: license }] : [{ license: { id: license } }] }
}

function hashed(integrity: string | undefined) {
  const [algorithm = '', digest = ''] = (integrity ?? '').split('-')
  if (algorithm !== 'sha512') return {}
  return { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }
}

interface Lock {
  readonly packages: Readonly<Record<string, Omit<NpmPackage, 'name'>>>
}

/**
 * Returns the packages that own the given files in node_modules, each once. Other files are ignored.
 * @throws Error if package-lock.json lacks a package
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

/** Returns a package's path as in package-lock.json, from the outermost node_modules. */
const packageFolder = (file: string) =>
  /(?:^|\/)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]
