import type { DockerSettings } from '../../settings/settings.ts'
import type { Asked } from '../arguments.ts'
import { APART } from '../child-process.ts'
import { settingsOfStack } from '../day-two/stack-on-docker.ts'
import type { DayTwoTools } from '../day-two/tools.ts'
import { makeDocker } from '../docker.ts'
import { Interrupted, obstructed, Refused } from '../faults.ts'
import { keptVolume, plannedOnDocker, upgradeOnDocker } from '../upgrade/docker.ts'
import { up } from './up.ts'

/** Asks, where somebody is to be asked, whether it may go on. @throws Refused where not */
type Agree = (from: number, to: number) => Promise<void> | undefined

/** Takes the database to the major version of Postgres in the image of the settings; the former files are kept. */
export async function upgrade(asked: Asked, tools: DayTwoTools, { yes = false }: { yes?: boolean }): Promise<number> {
  const settings = await settingsOfStack(asked, tools)
  if (settings.target === 'kubernetes') {
    throw new Refused(
      '`npm run upgrade` is for stacks on Docker; docs/upgrading.md has the way on Kubernetes, by a backup and its restore',
    )
  }
  const agree: Agree = (from, to) => (yes ? undefined : confirm(asked.stack, from, to, tools))
  const kept = await onDocker(settings, tools, agree)
  if (kept === undefined) {
    tools.terminal.print('The database is of the major version that the image has: there is nothing to upgrade.')
    return 0
  }
  const exitCode = await up(asked, tools)
  tools.terminal.print(kept)
  return exitCode
}

/** @returns where the former files are; undefined where there is nothing to upgrade */
async function onDocker(settings: DockerSettings, tools: DayTwoTools, agree: Agree): Promise<string | undefined> {
  const fault = await tools.engine.fault()
  if (fault !== undefined) throw obstructed([fault])
  const docker = makeDocker({ env: process.env, ...APART })
  const state = await tools.pulumi.state()
  const image = state?.resources.find(({ urn }) => urn.endsWith('::postgres-image'))?.outputs?.name
  const step = await plannedOnDocker(settings, typeof image === 'string' ? image : undefined, { ...tools, docker })
  if (step === undefined) return undefined
  await agree(step.from.major, step.to)
  const interruption = tools.interruption()
  try {
    await upgradeOnDocker(settings, step, { ...tools, docker, signal: interruption.signal })
  } finally {
    interruption.over()
  }
  const kept = keptVolume(settings.name, step.from.major)
  return `The files of Postgres ${step.from.major} are in the volume ${kept}; once all is well: docker volume rm ${kept}`
}

async function confirm(stack: string, from: number, to: number, { terminal }: DayTwoTools): Promise<void> {
  if (!terminal.isInteractive) {
    throw new Refused(`Nobody can be asked here: add --yes to take the database from Postgres ${from} to ${to}`)
  }
  const question = `This takes the database of the stack ${stack} from Postgres ${from} to ${to}; nobody is answered meanwhile. The stack's name, to go on: `
  const answer = await terminal.ask(question).catch((error: Error) => {
    throw error.name === 'AbortError' ? new Interrupted('\nNothing was changed') : error
  })
  if (answer !== stack) throw new Refused('Nothing was changed')
}
