import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeLog } from '../log.ts'
import { packFolder } from '../store/embedded/template.ts'
import { dataIn } from '../store/embedded.ts'
import { migrate } from '../store/migrate.ts'
import { openDatabase } from '../store/open.ts'
import { bundleManifest, packageManifest, serverJson } from './manifests.ts'

/*
 * Makes the package that npm publishes: `node service/package/make.ts [FOLDER] [OWNER/NAME]`. With `npm pack` there it is a
 * tarball; with `npm install --omit=dev` there the folder is an MCP bundle, once it is zipped.
 */
const [folder = 'dist/package', repository = process.env.GITHUB_REPOSITORY ?? 'codebase-mcp/codebase-mcp'] =
  process.argv.slice(2)
const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

await rm(folder, { recursive: true, force: true })
const program = join(folder, 'program')
execFileSync(process.execPath, [at('service/bundle.ts'), program, '--embedded'], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
await writeFile(join(program, 'database.zst'), await packedDatabase())

const product = JSON.parse(await readFile(at('package.json'), 'utf8'))
await cp(at('service/package/bin.js'), join(folder, 'bin.js'))
await cp(at('README.md'), join(folder, 'README.md'))
await cp(at('LICENSE'), join(folder, 'LICENSE'))
await cp(at('.env.example'), join(folder, '.env.example'))
await writeFile(join(folder, 'package.json'), json(packageManifest(product, repository)))
await writeFile(join(folder, 'server.json'), json(serverJson(product, repository)))
await writeFile(join(folder, 'manifest.json'), json(bundleManifest(product, repository)))

/** Returns an empty database with the current schema. New data folders start from it. */
async function packedDatabase(): Promise<Buffer> {
  const data = await mkdtemp(join(tmpdir(), 'codebase-template-'))
  try {
    const log = makeLog({ level: 'warn' })
    const database = await openDatabase({ kind: 'embedded', folder: data }, log)
    await migrate(database, log)
    await database.close()
    return await packFolder(dataIn(data))
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}
