import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolders } from '../fakes/temporary-folders.ts'
import { runProgram } from './modes/run-program.ts'

const MODULE = import.meta.resolve('../../service/compile-cache.ts')
const folder = temporaryFolders()

describe('compiled code', () => {
  test('is kept in the cache folder of the user', async () => {
    const cache = folder()
    const { code } = await runProgram(['--version'], { XDG_CACHE_HOME: cache })
    expect([code, readdirSync(cache)]).toEqual([0, ['codebase-mcp']])
    expect(readdirSync(join(cache, 'codebase-mcp'))).not.toEqual([])
  })

  test('is kept where NODE_COMPILE_CACHE says', async () => {
    const cache = folder()
    await runProgram(['--version'], { NODE_COMPILE_CACHE: cache })
    expect(readdirSync(cache)).not.toEqual([])
  })

  test('is kept nowhere if no folder can be written', () => {
    const file = join(folder(), 'node-compile-cache')
    writeFileSync(file, 'a file, which is no folder')
    const script = `import(${JSON.stringify(MODULE)}).then(({ useCompileCache }) => console.log(useCompileCache(process.env)))`
    const env = { XDG_CACHE_HOME: file, TMPDIR: dirname(file) }
    expect(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' })).toBe('undefined\n')
  })

  test.runIf(process.platform === 'linux')('is kept elsewhere if the home folder is where no folder can be', () => {
    const temporary = folder()
    const script = `import(${JSON.stringify(MODULE)}).then(({ useCompileCache }) => console.log(useCompileCache(process.env)))`
    // /proc says of every new folder that its parent is missing, as an automounter does.
    const env = { HOME: '/proc/home/of/nobody', TMPDIR: temporary }
    const printed = execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8', timeout: 20_000 })
    expect(printed).toBe(`${join(temporary, 'node-compile-cache')}\n`)
  })
})
