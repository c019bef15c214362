import { fileURLToPath } from 'node:url'
import { SettingsFault } from './settings.ts'
import { readArguments, UsageFault } from './up/arguments.ts'
import { backendEnvironment } from './up/backend.ts'
import { down, Obstructed, preview, up } from './up/commands.ts'
import { type Engine, makeEngine } from './up/engine.ts'
import { isOnPath } from './up/program.ts'
import { makePulumi, PulumiFault } from './up/pulumi.ts'
import { terminal } from './up/terminal.ts'

const COMMANDS = { up, preview, down }
const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  try {
    const asked = readArguments(words)
    const environment = backendEnvironment(ROOT, process.env)
    const engine = makeEngine(environment)
    const pulumi = makePulumi(ROOT, environment, asked)
    await requirePulumi(environment, engine)
    return await COMMANDS[asked.command](asked, { root: ROOT, pulumi, engine, terminal })
  } catch (error) {
    if (![UsageFault, SettingsFault, PulumiFault, Obstructed].some((known) => error instanceof known)) throw error
    process.stderr.write(`${(error as Error).message}\n`)
    return 1
  }
}

/** Without the CLI nothing else can be found out, but what else is missing is told with it. */
async function requirePulumi(environment: NodeJS.ProcessEnv, engine: Engine): Promise<void> {
  if (isOnPath('pulumi', environment)) return
  const fault = 'The Pulumi CLI is not on the PATH: install it, see https://www.pulumi.com/docs/install/'
  throw new Obstructed([fault, await engine.fault()].filter((each) => each !== undefined))
}
