import { stripVTControlCharacters } from 'node:util'
import type { DockerSettings } from '../../settings/settings.ts'
import type { Asked } from '../arguments.ts'
import { MODEL } from '../day-two/parts.ts'
import { makeDocker } from '../docker.ts'
import type { Engine, StackContainer } from '../engine.ts'
import { Failures } from '../failures.ts'
import { obstructed, Refused } from '../faults.ts'
import { followed } from '../followed.ts'
import { followIndexing, following } from '../indexing.ts'
import { clearLeftovers } from '../leftovers.ts'
import { obstacles } from '../obstacles.ts'
import { toReplace } from '../pulumi/healing.ts'
import type { StateResource } from '../pulumi/state.ts'
import { summary } from '../summary.ts'
import { given, settingsOf, type Tools, UNASKED } from '../tools.ts'
import { refuseOtherMajor } from '../upgrade/docker.ts'

/** Builds and starts the whole stack, and says how to reach it. */
export async function up(asked: Asked, tools: Tools): Promise<number> {
  const { pulumi, terminal } = tools
  if (!(await pulumi.exists())) await pulumi.makeStack()
  const settings = await settingsOf(asked, tools)
  const exitCode =
    settings.target === 'docker'
      ? await upOnDocker(settings, asked, tools)
      : await (await import('../cluster/up.ts')).upOnCluster(settings, asked, tools)
  if (exitCode !== 0) return exitCode
  const outputs = await pulumi.outputs()
  terminal.print(summary(outputs, asked.stack))
  if (settings.target === 'docker' && settings.running && terminal.isInteractive) {
    await followIndexing(following(String(outputs.url), terminal.print))
  }
  return 0
}

async function upOnDocker(settings: DockerSettings, asked: Asked, tools: Tools): Promise<number> {
  const { engine, terminal, root } = tools
  const faults = await obstacles(settings, root, engine)
  if (faults.length > 0) throw obstructed(faults)
  await refuseOtherMajor(settings, { ...tools, docker: makeDocker({ env: process.env }) })
  const resources = await clearLeftovers(asked.stack, settings, tools)
  const replace = await brokenOf(resources, engine)
  const targets = replace.flatMap((urn) => ['--replace', urn])
  const command = ['up', '--suppress-outputs', ...UNASKED, ...given(asked), ...targets, ...asked.passed]
  const failures = new Failures(engine)
  const tell = async () => {
    const containers = await engine.containersOf(settings.name)
    for (const failure of await failures.among(containers)) terminal.print(failure)
    return containers
  }
  const exitCode = await followed(command, tools, async (progress) =>
    progress.hear('model-pull', await pullProgress(settings.name, await tell(), engine)),
  )
  const fault = exitCode === 0 ? undefined : await engine.fault()
  if (fault !== undefined) throw new Refused(`It ended in the middle. ${fault}; then \`npm run up\` goes on from there`)
  const containers = await tell()
  if (exitCode !== 0) return exitCode
  // The provider has no input for it.
  const running = containers.filter(({ state }) => state === 'running').map(({ id }) => id)
  if (running.length > 0) await engine.limitProcesses(running, settings.containers.processes)
  return 0
}

async function pullProgress(
  name: string,
  containers: readonly StackContainer[],
  engine: Pick<Engine, 'lastLines'>,
): Promise<string> {
  const pull = containers.find((container) => container.name === `${name}-${MODEL}` && container.state === 'running')
  return pull === undefined ? '' : lastOf(await engine.lastLines(pull.id, 1))
}

// A progress bar is one line that is written again and again.
const lastOf = (text: string) =>
  stripVTControlCharacters(text)
    .split(/[\r\n]+/)
    .findLast((line) => line.trim() !== '') ?? ''

async function brokenOf(resources: readonly StateResource[], engine: Engine): Promise<string[]> {
  const [containers, images] = await Promise.all([engine.containers(), engine.images()])
  return toReplace(resources, { containers, images })
}
