import { fileURLToPath } from 'node:url'
import { Interrupted, Refused } from '../../infra/faults.ts'
import { SettingsFault } from '../../infra/settings/settings.ts'
import { runTestStack } from './program.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

try {
  process.exitCode = await runTestStack(ROOT, process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Refused || error instanceof Interrupted || error instanceof SettingsFault)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
