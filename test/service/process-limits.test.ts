import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { refuseFewAddresses } from '../../service/process-limits.ts'
import { temporaryFolders } from '../fakes/temporary-folders.ts'
import { MAIN } from './modes/run-program.ts'

const folder = temporaryFolders()
const limited = (to: string) => `Limit                     Soft Limit           Hard Limit           Units
Max processes             96365                96365                processes
Max address space         ${to}            unlimited            bytes`

describe('a process', () => {
  test.each(['', limited('unlimited'), limited('70000000000'), limited('18446744073709551615')])(
    'with enough addresses runs: %j',
    (limits) => {
      expect(() => refuseFewAddresses(limits)).not.toThrow()
    },
  )

  test.runIf(process.platform === 'linux').each(['serve', 'search x'])(
    'with few addresses refuses to %s before anything can fail, and says what to do',
    async (mode) => {
      const command = `ulimit -v 20000000 && exec "$0" "$1" ${mode}`
      const env = { PORT: '0', DATA_FOLDER: join(folder(), 'data'), OLLAMA_BASE_URL: 'off', PATH: process.env.PATH }
      const cwd = folder()
      writeFileSync(join(cwd, 'a.ts'), 'export const a = 1\n')
      const ended = promisify(execFile)('sh', ['-c', command, process.execPath, MAIN], { env, cwd })
      await expect(ended).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/may use 19\.1 GiB of addresses, and needs 64 GiB.*\n.*ulimit -v unlimited/),
      })
    },
  )
})
