import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { zstdCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { GRAMMAR_FILES, RUNTIME_FILE } from './indexing/chunks/grammar-files.ts'

const folder = process.argv[2] ?? 'dist'
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const require = createRequire(import.meta.url)

await rm(folder, { recursive: true, force: true })
await build({
  entryPoints: [here('main.ts'), here('indexing/analyser/analyser-thread.ts')],
  entryNames: '[name]',
  outdir: folder,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minify: true,
  legalComments: 'none',
  // The embedded database is for machines without containers.
  external: ['@electric-sql/*', 'pg-native'],
  // CommonJS packages ask for Node's own modules with `require`.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
})

await cp(here('store/migrations'), join(folder, 'migrations'), { recursive: true })
await cp(here('http/page.html'), join(folder, 'page.html'))
await mkdir(join(folder, 'grammars'))
for (const file of [RUNTIME_FILE, ...Object.values(GRAMMAR_FILES)]) {
  const compressed = zstdCompressSync(await readFile(require.resolve(file)))
  await writeFile(join(folder, 'grammars', `${basename(file)}.zst`), compressed)
}
