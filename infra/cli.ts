import './compile-cache.ts'
import { fileURLToPath } from 'node:url'
import type { Run } from './cli/program.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

const INTERRUPTED = 130

// Imported at run time, because the cache holds only what is loaded after it is in use.
const [{ runCommand }, { makeTools }, { Interrupted, Refused }, { SettingsFault }] = await Promise.all([
  import('./cli/program.ts'),
  import('./cli/tools.ts'),
  import('./faults.ts'),
  import('./settings/settings.ts'),
])

process.exitCode = await runCommand(process.argv.slice(2), withTools)

async function withTools(...[asked, work]: Parameters<Run>): Promise<number> {
  try {
    return await work(makeTools(ROOT, asked))
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Interrupted || error instanceof SettingsFault)) throw error
    process.stderr.write(`${error.message}\n`)
    return error instanceof Interrupted ? INTERRUPTED : 1
  }
}
