import { fileURLToPath } from 'node:url'
import { type Run, runCommand } from './cli/program.ts'
import { makeTools } from './cli/tools.ts'
import { Interrupted, Refused } from './faults.ts'
import { SettingsFault } from './settings/settings.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

const INTERRUPTED = 130

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
