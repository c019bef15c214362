import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { optionsOf } from './arguments.ts'
import { fetchPackage } from './doc-questions/fetch.ts'
import type { Source } from './doc-questions/packages.ts'

/** The repositories that the questions in `everyday/` are about. */
const SOURCES: readonly Source[] = [
  { name: 'django', client: 'pip', source: 'Django', version: '5.2', folder: '.' },
  { name: 'webpack', client: 'npm', source: 'webpack', version: '5.113.0', folder: '.' },
  { name: 'client-go', client: 'go', source: 'k8s.io/client-go', version: 'v0.34.0', folder: '.' },
]

/** Fetches the repositories of the everyday questions into `--out DIR`, one folder each. */
export async function everyday(options: readonly string[]): Promise<number> {
  const { out } = optionsOf(options, { out: undefined })
  for (const wanted of SOURCES) {
    const folder = join(out, 'corpora', wanted.name)
    rmSync(folder, { recursive: true, force: true })
    cpSync(await fetchPackage(wanted, join(out, 'downloads')), folder, { recursive: true })
    process.stdout.write(`${wanted.name} ${wanted.version}\n`)
  }
  return 0
}
