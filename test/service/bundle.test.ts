import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../../service/bundle.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'codebase-bundle-'))

beforeAll(() => {
  execFileSync(process.execPath, [SCRIPT, folder], { stdio: 'pipe' })
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the bundle contains the program, its threads, and the files that they read beside them', () => {
  expect(readdirSync(folder)).toEqual(
    expect.arrayContaining([
      'analyser-thread.js',
      'grammars',
      'grep-thread.js',
      'main.js',
      'migrations',
      'page',
      'vocabulary.bin',
      'worker-thread.js',
    ]),
  )
  expect(readdirSync(join(folder, 'grammars')).length).toBeGreaterThan(16)
})

test('the page in the bundle is no larger than 72 kB with the code of any language', () => {
  const files = readdirSync(join(folder, 'page'))
  const grammars = files.filter((file) => file.startsWith('grammar-'))
  const shell = files.filter((file) => !grammars.includes(file))
  expect(shell.toSorted()).toEqual(['highlighter.js', 'icon.svg', 'index.html', 'main.js', 'style.css'])
  expect(grammars.length).toBeGreaterThan(20)
  const textOf = (file: string) => readFileSync(join(folder, 'page', file), 'utf8')
  const loadedWith = (file: string): string[] => [
    file,
    ...[...textOf(file).matchAll(/import\s?"\.\/([^"]+)"/g)].flatMap(([, imported = '']) => loadedWith(imported)),
  ]
  const bytesOf = (some: Iterable<string>) =>
    [...some].map((file) => Buffer.byteLength(textOf(file))).reduce((sum, each) => sum + each, 0)
  expect(new Set(loadedWith('grammar-typescript.js')).size).toBe(3)
  for (const grammar of grammars) {
    const bytes = bytesOf(new Set([...shell, ...loadedWith(grammar)]))
    expect({ grammar, isSmall: bytes < 72_000 }).toEqual({ grammar, isSmall: true })
  }
})

test('the bundle lists its packages, and no others', () => {
  const bill = JSON.parse(readFileSync(join(folder, 'sbom.cdx.json'), 'utf8'))
  const names: string[] = bill.components.map(({ name }: { name: string }) => name)
  expect(names).toEqual(
    expect.arrayContaining(['zod', 'pg', 'prismjs', '@modelcontextprotocol/server', 'tree-sitter-wasms']),
  )
  expect(names.filter((name) => /^(@pulumi|@electric-sql|esbuild|typescript|vitest)/.test(name))).toEqual([])
})

test('the bundle runs without its sources', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'main.js'), 'nonsense'], { encoding: 'utf8' })
  expect(stderr).toContain('There is no mode "nonsense", and no folder of that name here. The modes are: serve,')
  expect(status).toBe(1)
})
