import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { outputOf } from '../../../infra/processes.ts'
import { serviceManifest } from '../../../service/image/manifest.ts'
import { copyContext } from '../../e2e/docker/image-build.ts'

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))
const RECIPE = fileURLToPath(new URL('../recipe', import.meta.url))
const CACHE_MOUNT = '--mount=type=cache,'

/** Versions, other than the installed one, of a package that the service imports and that has no dependencies. */
const OTHER_VERSIONS = ['7.0.14', '7.0.13', '7.0.12', '7.0.11', '7.0.10', '7.0.9', '7.0.8', '7.0.7', '7.0.6', '7.0.5']
const CHANGED_PACKAGE = 'ignore'

/** How many times the dependency can be changed. */
export const DEPENDENCY_CHANGES = OTHER_VERSIONS.length

/** Build contexts of the two images. */
export interface Contexts {
  readonly recipe: string
  readonly ours: string
}

/** What the recipe installs: the packages that the service imports, or all dependencies in package.json. */
export type RecipePackages = 'service' | 'all'

/** Creates both contexts. The recipe gets the same code as the product. */
export async function layOut(folder: string, packages: RecipePackages): Promise<Contexts> {
  const contexts = { recipe: join(folder, 'recipe'), ours: join(folder, 'ours') }
  await copyContext(contexts.ours)
  cpSync(RECIPE, contexts.recipe, { recursive: true })
  cpSync(join(contexts.ours, 'service'), join(contexts.recipe, 'service'), { recursive: true })
  writeRecipeManifest(contexts, packages)
  return contexts
}

/** Makes the same change to the code of both. Neither a minifier nor a cache can ignore it. */
export function changeCode(contexts: Contexts, round: number): void {
  for (const context of Object.values(contexts)) {
    appendFileSync(join(context, 'service', 'main.ts'), `Object.assign(globalThis, { benchRound: ${round} })\n`)
  }
}

/** Changes the version of one package in both. */
export async function changeDependency(contexts: Contexts, packages: RecipePackages, round: number): Promise<void> {
  const wanted = `${CHANGED_PACKAGE}@${OTHER_VERSIONS[round]}`
  const args = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--save-exact', wanted]
  const { exitCode, errors } = await outputOf('npm', args, { cwd: contexts.ours })
  if (exitCode !== 0) throw new Error(`npm install ${wanted} ended with ${exitCode}: ${errors}`)
  writeRecipeManifest(contexts, packages)
}

/** Makes the product's build start with an empty package cache. */
export function forgetPackages({ ours }: Contexts, name: string): void {
  const file = join(ours, 'Dockerfile')
  const original = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8')
  if (!original.includes(CACHE_MOUNT))
    throw new Error('The Dockerfile mounts no cache; remove this step from the benchmark')
  writeFileSync(
    file,
    original.replaceAll(CACHE_MOUNT, (mount, at) => `${mount}id=${name}-${at},`),
  )
}

function writeRecipeManifest({ recipe, ours }: Contexts, packages: RecipePackages): void {
  const read = (file: string) => JSON.parse(readFileSync(join(ours, file), 'utf8'))
  const write = (file: string, content: object) => writeFileSync(join(recipe, file), JSON.stringify(content))
  const all = { manifest: read('package.json'), lock: read('package-lock.json') }
  const { manifest, lock } =
    packages === 'all' ? all : serviceManifest({ ...all.manifest, devDependencies: {} }, all.lock)
  write('package.json', { ...manifest, version: all.manifest.version })
  write('package-lock.json', lock)
}
