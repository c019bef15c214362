import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf } from '../../../infra/processes.ts'
import type { Client, Source } from './packages.ts'

const COPY_DEPENDENCY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy'

/**
 * Fetches a package with its ecosystem's own client and returns the folder of its sources. Keeps an existing folder.
 */
export async function fetchPackage(wanted: Source, folder: string): Promise<string> {
  const kept = join(folder, `${wanted.name}-${wanted.version}`)
  if (!existsSync(kept)) {
    const work = `${kept}.unfinished`
    rmSync(work, { recursive: true, force: true })
    mkdirSync(work, { recursive: true })
    const got = await GET[wanted.client](wanted, work)
    cpSync(got, `${kept}.new`, { recursive: true, dereference: true })
    renameSync(`${kept}.new`, kept)
    await run(work, 'chmod', '-R', 'u+w', work)
    rmSync(work, { recursive: true })
  }
  return join(kept, wanted.folder)
}

/** Each client returns the folder into which it has put the files of the package. */
const GET: Readonly<Record<Client, (wanted: Source, work: string) => Promise<string>>> = {
  async pip({ source, version }, work) {
    const only = ['--no-deps', '--only-binary', ':all:']
    await run(work, 'python3', '-m', 'pip', 'download', '--quiet', ...only, `${source}==${version}`)
    return unzipped(work, '.whl')
  },
  async npm({ source, version }, work) {
    await run(work, 'npm', 'pack', '--silent', `${source}@${version}`)
    await run(work, 'tar', '-xzf', fileIn(work, '.tgz'))
    return join(work, 'package')
  },
  async go({ source, version }, work) {
    await run(work, 'go', 'mod', 'init', 'scratch')
    const told = await run(work, 'go', 'mod', 'download', '-json', `${source}@${version}`)
    return (JSON.parse(told) as { readonly Dir: string }).Dir
  },
  async cargo({ source, version }, work) {
    const manifest = `[package]\nname = "scratch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n`
    writeFileSync(join(work, 'Cargo.toml'), `${manifest}${source} = "=${version}"\n`)
    mkdirSync(join(work, 'src'))
    writeFileSync(join(work, 'src', 'lib.rs'), '')
    await run(work, 'cargo', 'vendor', '--quiet', '--versioned-dirs', 'vendor')
    return join(work, 'vendor', `${source}-${version}`)
  },
  async mvn({ source, version }, work) {
    const artifact = `-Dartifact=${source}:${version}:jar:sources`
    await run(work, 'mvn', '-q', '-B', COPY_DEPENDENCY, artifact, `-DoutputDirectory=${work}`)
    return unzipped(work, '-sources.jar')
  },
}

async function unzipped(work: string, suffix: string): Promise<string> {
  await run(work, 'python3', '-m', 'zipfile', '-e', fileIn(work, suffix), 'files')
  return join(work, 'files')
}

function fileIn(folder: string, suffix: string): string {
  const found = readdirSync(folder).find((name) => name.endsWith(suffix))
  if (found === undefined) throw new Error(`No file that ends with ${suffix} was fetched into ${folder}`)
  return found
}

async function run(cwd: string, command: string, ...args: readonly string[]): Promise<string> {
  const { exitCode, output, errors } = await outputOf(command, args, { cwd })
  if (exitCode === 0) return output
  throw new Error(`${command} ${args.join(' ')} ended with ${exitCode}: ${errors.trim().split('\n').at(-1)}`)
}
