import type { Asked } from '../arguments.ts'
import type { Engine } from '../engine.ts'
import { obstructed } from '../faults.ts'
import { obstacles } from '../obstacles.ts'
import { type StateResource, toReplace } from '../pulumi/healing.ts'
import { summary } from '../summary.ts'
import { given, settingsOf, type Tools, UNASKED } from '../tools.ts'

/** Builds and starts the whole stack, and says how to reach it. */
export async function up(asked: Asked, tools: Tools): Promise<number> {
  const { pulumi, engine, terminal } = tools
  const resources = await knownStack(tools)
  const settings = await settingsOf(asked, tools)
  const docker = settings.target === 'docker'
  const faults = docker ? await obstacles(settings, tools.root, engine) : []
  if (faults.length > 0) throw obstructed(faults)
  const replace = docker ? await brokenOf(resources, engine) : []
  const exitCode = await pulumi.run([
    'up',
    '--suppress-outputs',
    ...(docker ? UNASKED : []),
    ...given(asked),
    ...replace.flatMap((urn) => ['--replace', urn]),
    ...asked.passed,
  ])
  if (exitCode === 0) terminal.print(summary(await pulumi.outputs()))
  return exitCode
}

/** The stack's resources; a stack that is not there is made. */
async function knownStack({ pulumi }: Tools): Promise<readonly StateResource[]> {
  const resources = await pulumi.resources()
  if (resources === undefined) await pulumi.makeStack()
  return resources ?? []
}

async function brokenOf(resources: readonly StateResource[], engine: Engine): Promise<string[]> {
  const [containers, images] = await Promise.all([engine.containers(), engine.images()])
  return toReplace(resources, { containers, images })
}
