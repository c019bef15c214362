import { makeMachine } from '../machine.ts'
import type { Plan } from '../plan/plan.ts'
import { readStackConfig } from '../plan/stack-config.ts'
import { FILE_VARIABLE, printCommandsFor } from '../printed-commands.ts'
import { readSettings, type Settings } from '../settings/settings.ts'
import type { Asked } from './arguments.ts'
import { backendEnvironment, dropTornNote } from './pulumi/backend.ts'
import { makePulumi } from './pulumi.ts'
import type { Target, Tools } from './target.ts'
import { makeTerminal } from './terminal.ts'

/** Creates the tools of a command. @param variables environment of the process, which tests replace */
export function makeTools(root: string, asked: Asked, variables: NodeJS.ProcessEnv = process.env): Tools {
  const file = asked.configFile === undefined ? {} : { [FILE_VARIABLE]: asked.configFile }
  const environment = { ...backendEnvironment(root, variables), ...file }
  dropTornNote(asked.stack, environment)
  printCommandsFor(asked)
  const terminal = makeTerminal()
  let isReported = false
  let made: Promise<Plan> | undefined
  const config = () => readStackConfig(root, asked, { mayBeMissing: asked.configFile === undefined })
  const tools: Tools = {
    root,
    environment,
    asked,
    terminal,
    pulumi: makePulumi(root, environment, asked),
    machine: makeMachine(root, environment),
    settings() {
      const { values, unread } = config()
      if (!isReported) for (const note of unread) terminal.note(`! ${note}`)
      isReported = true
      return readSettings(values)
    },
    async plan() {
      made ??= (await import('../plan/program.ts')).planOf(asked.stack, config())
      return made
    },
    targetOf: (settings) => targetOf(settings, tools),
  }
  return tools
}

/** Loads only the target that is used. */
async function targetOf(settings: Settings, tools: Tools): Promise<Target> {
  if (settings.target === 'docker') return (await import('./docker/target.ts')).dockerTarget(settings, tools)
  return (await import('./kubernetes/target.ts')).kubernetesTarget(settings, tools)
}
