import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { outputOf } from '../../infra/processes.ts'
import { ROOT } from '../../infra/project-paths.ts'

const CACHE = join(ROOT, '.pulumi', 'compile-cache')

const ASK = 'process.stdout.write(process.getBuiltinModule("node:module").getCompileCacheDir() ?? "")'

const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_COMPILE_CACHE'))

test('the engine runs the program with the compile cache of the project', async () => {
  const { runtime } = parse(readFileSync(join(ROOT, 'Pulumi.yaml'), 'utf8'))
  const node = [...runtime.options.nodeargs.split(' '), '--eval', ASK]
  const { output, errors } = await outputOf(process.execPath, node, { cwd: join(ROOT, 'infra'), env })
  expect(output.startsWith(CACHE), errors).toBe(true)
})

test('a cache that the user has chosen stays in use', async () => {
  const node = ['--import=./compile-cache.ts', '--eval', ASK]
  const chosen = { ...env, NODE_COMPILE_CACHE: join(tmpdir(), 'chosen-cache') }
  const { output } = await outputOf(process.execPath, node, { cwd: join(ROOT, 'infra'), env: chosen })
  expect(output).toContain(join(tmpdir(), 'chosen-cache'))
})

test('a Node that cannot strip types is named with the remedy', async () => {
  const old = 'data:text/javascript,Object.defineProperty(process.features,"typescript",{value:false})'
  const node = [`--import=${old}`, '--import=./preload.mjs', '--eval', ASK]
  const { errors, exitCode } = await outputOf(process.execPath, node, { cwd: join(ROOT, 'infra'), env })
  expect(exitCode).toBe(1)
  expect(errors).toBe(
    `The program needs Node 22.19 or newer, but the \`node\` on the PATH is ${process.version}. Install a newer one, or start it from this checkout with npm run, such as: npm run up\n`,
  )
})
