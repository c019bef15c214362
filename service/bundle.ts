import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { zstdCompressSync } from 'node:zlib'
import { build, transform } from 'esbuild'
import { HIGHLIGHTER, highlighterFiles } from './http/highlighter.ts'
import { billOfMaterials, lockedPackages, readSystemPackages } from './image/bill-of-materials.ts'
import { GRAMMAR_FILES, RUNTIME_FILE } from './indexing/chunks/grammar-files.ts'

// An image includes the list of its system packages, and an npm package includes the embedded database.
const { values: options, positionals } = parseArgs({
  options: { embedded: { type: 'boolean' } },
  allowPositionals: true,
})
const [folder = 'dist', systemPackages] = positionals
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const require = createRequire(import.meta.url)
const wasmFiles = [RUNTIME_FILE, ...Object.values(GRAMMAR_FILES)]

await rm(folder, { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: [
    here('main.ts'),
    here('background/worker-thread.ts'),
    here('indexing/analyser/analyser-thread.ts'),
    here('search/grep/grep-thread.ts'),
    ...(options.embedded ? [here('store/create-embedded.ts'), here('store/embedded/database-thread.ts')] : []),
  ],
  entryNames: '[name]',
  outdir: folder,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  // Prefer the form of a package that can be bundled.
  mainFields: ['module', 'main'],
  minify: true,
  metafile: true,
  legalComments: 'none',
  // The embedded database is for machines without containers, where npm installs it.
  external: ['@electric-sql/*', 'pg-native'],
  // CommonJS packages load Node's modules with `require`.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
})

await cp(here('store/migrations'), join(folder, 'migrations'), { recursive: true })
await build({
  entryPoints: [here('http/page/main.js'), here('http/page/style.css')],
  outdir: join(folder, 'page'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2023',
  external: [`./${HIGHLIGHTER}`],
})
for (const file of ['index.html', 'icon.svg']) await cp(here(`http/page/${file}`), join(folder, 'page', file))
for (const [name, text] of highlighterFiles()) {
  await writeFile(join(folder, 'page', name), (await transform(text, { minify: true, format: 'esm' })).code)
}
await cp(here('embedding/static/table.bin'), join(folder, 'table.bin'))
await cp(here('tools/vocabulary.bin'), join(folder, 'vocabulary.bin'))
await mkdir(join(folder, 'grammars'))
for (const file of wasmFiles) {
  const compressed = zstdCompressSync(await readFile(require.resolve(file)))
  await writeFile(join(folder, 'grammars', `${basename(file)}.zst`), compressed)
}

const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) =>
  Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
)
const contents = {
  product: JSON.parse(await readFile(here('../package.json'), 'utf8')),
  npm: lockedPackages(JSON.parse(await readFile(here('../package-lock.json'), 'utf8')), [
    ...bundled,
    ...wasmFiles.map((file) => `node_modules/${file}`),
    'node_modules/prismjs/prism.js',
  ]),
  ...(systemPackages === undefined
    ? { system: [] }
    : { system: readSystemPackages(await readFile(systemPackages, 'utf8')), node: process.versions.node }),
}
await writeFile(join(folder, 'sbom.cdx.json'), JSON.stringify(billOfMaterials(contents)))
