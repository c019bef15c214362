import { fileURLToPath } from 'node:url'
import { isOnPath } from './cli/child-process.ts'
import { type ClusterPlace, makeKubectl } from './cli/cluster/kubectl.ts'
import { makeContainers } from './cli/day-two/containers/containers.ts'
import { type Engine, makeEngine } from './cli/engine.ts'
import { Interrupted, obstructed, Refused } from './cli/faults.ts'
import { type Run, runCommand } from './cli/program.ts'
import { backendEnvironment, dropTornNote } from './cli/pulumi/backend.ts'
import { makePulumi, PULUMI_MISSING } from './cli/pulumi/cli.ts'
import { terminal } from './cli/terminal.ts'
import { SettingsFault } from './settings/settings.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

const INTERRUPTED = 130

process.exitCode = await runCommand(process.argv.slice(2), withTools)

async function withTools(...[asked, work, needs]: Parameters<Run>): Promise<number> {
  try {
    const environment = backendEnvironment(ROOT, process.env)
    dropTornNote(asked.stack, environment)
    const engine = makeEngine(environment)
    const pulumi = makePulumi(ROOT, environment, asked)
    if (needs.pulumi) await requirePulumi(environment, engine)
    const kubectl = (place: ClusterPlace) => makeKubectl(environment, place)
    return await work({ root: ROOT, pulumi, engine, containers: makeContainers(environment), kubectl, terminal })
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Interrupted || error instanceof SettingsFault)) throw error
    process.stderr.write(`${error.message}\n`)
    return error instanceof Interrupted ? INTERRUPTED : 1
  }
}

/** Without the CLI nothing else can be found out, but what else is missing is told with it. */
async function requirePulumi(environment: NodeJS.ProcessEnv, engine: Engine): Promise<void> {
  if (isOnPath('pulumi', environment)) return
  throw obstructed([PULUMI_MISSING, await engine.fault()].filter((each) => each !== undefined))
}
