import type { DockerSettings, Settings } from '../../settings/settings.ts'
import type { Asked } from '../arguments.ts'
import { Refused } from '../faults.ts'
import { settingsOf } from '../tools.ts'
import { isThere, type Part, type PartName, partsOf } from './parts.ts'
import type { DayTwoTools } from './tools.ts'

/** What a command about a stack that was made works on. */
export interface StackOnDocker {
  readonly settings: DockerSettings
  readonly parts: readonly Part[]
}

type Needed = Pick<DayTwoTools, 'engine' | 'containers'>

/** The settings of a stack that was made. @throws Refused where there is none, SettingsFault */
export async function settingsOfStack(asked: Asked, tools: Pick<DayTwoTools, 'pulumi'>): Promise<Settings> {
  if (!(await tools.pulumi.exists())) throw new Refused(noStack(asked))
  return settingsOf(asked, tools)
}

/** @throws Refused where the engine does not answer */
export async function stackOnDocker(settings: DockerSettings, tools: Needed): Promise<StackOnDocker> {
  const fault = await tools.engine.fault()
  if (fault !== undefined) throw new Refused(fault)
  return { settings, parts: partsOf(settings, await tools.containers.of(settings.name)) }
}

export const noStack = ({ stack }: Asked) =>
  `There is no stack ${JSON.stringify(stack)}: \`npm run up${stack === 'dev' ? '' : ` -- --stack ${stack}`}\` makes it`

/** The container of a part that has to run. @throws Refused */
function runningPart({ parts }: StackOnDocker, name: PartName): string {
  const part = parts.filter(isThere).find((each) => each.name === name)
  if (part?.container.state === 'running') return part.container.name
  const state = part === undefined ? 'is not there' : `is ${part.container.state}`
  throw new Refused(`The container of ${name} ${state}: \`npm run up\` starts it`)
}

/** The container of the stack's own Postgres. @throws Refused where it does not run, or the database is elsewhere */
export function runningPostgres(stack: StackOnDocker, instead: string): string {
  if (stack.settings.database.url !== undefined) {
    throw new Refused(`The database of this stack is not in it (codebase-mcp:database.url): ${instead}`)
  }
  return runningPart(stack, 'postgres')
}
