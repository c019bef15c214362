import { stripVTControlCharacters } from 'node:util'
import type { DockerSettings } from '../../settings/settings.ts'
import type { Asked } from '../arguments.ts'
import type { Engine, StackContainer } from '../engine.ts'
import { Failures } from '../failures.ts'
import { obstructed } from '../faults.ts'
import { followIndexing, following } from '../indexing.ts'
import { clearLeftovers } from '../leftovers.ts'
import { obstacles } from '../obstacles.ts'
import { makeProgress } from '../progress.ts'
import { toReplace } from '../pulumi/healing.ts'
import { summary } from '../summary.ts'
import { given, settingsOf, type Tools, UNASKED } from '../tools.ts'

/** Builds and starts the whole stack, and says how to reach it. */
export async function up(asked: Asked, tools: Tools): Promise<number> {
  const { pulumi, terminal } = tools
  if ((await pulumi.resources()) === undefined) await pulumi.makeStack()
  const settings = await settingsOf(asked, tools)
  const exitCode =
    settings.target === 'docker'
      ? await upOnDocker(settings, asked, tools)
      : await pulumi.run(['up', '--suppress-outputs', ...given(asked), ...asked.passed])
  if (exitCode !== 0) return exitCode
  const outputs = await pulumi.outputs()
  terminal.print(summary(outputs))
  if (settings.target === 'docker' && settings.running && terminal.isInteractive) {
    await followIndexing(following(String(outputs.url), terminal.print))
  }
  return 0
}

async function upOnDocker(settings: DockerSettings, asked: Asked, tools: Tools): Promise<number> {
  const { engine, terminal, root } = tools
  const faults = await obstacles(settings, root, engine)
  if (faults.length > 0) throw obstructed(faults)
  await clearLeftovers(asked.stack, settings.name, tools)
  const replace = await brokenOf(tools)
  const targets = replace.flatMap((urn) => ['--replace', urn])
  const command = ['up', '--suppress-outputs', ...UNASKED, ...given(asked), ...targets, ...asked.passed]
  const failures = new Failures(engine)
  const tell = async () => {
    const containers = await engine.containersOf(settings.name)
    for (const failure of await failures.among(containers)) terminal.print(failure)
    return containers
  }
  const exitCode = await followed(command, async () => pullProgress(settings.name, await tell(), engine), tools)
  const containers = await tell()
  if (exitCode !== 0) return exitCode
  // The provider has no input for it.
  const running = containers.filter(({ state }) => state === 'running').map(({ id }) => id)
  if (running.length > 0) await engine.limitProcesses(running, settings.containers.processes)
  return 0
}

const HEARTBEAT_MS = 10_000

/** Runs the CLI, and says every now and then what is still under way. @param hearOfModel how far its pull is */
async function followed(
  command: readonly string[],
  hearOfModel: () => Promise<string>,
  { pulumi, terminal }: Tools,
): Promise<number> {
  const progress = makeProgress(Date.now)
  const beat = async () => {
    progress.hear('model-pull', await hearOfModel())
    for (const line of progress.underWay()) terminal.print(line)
  }
  const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS)
  try {
    return await pulumi.follow(command, (line) => {
      const told = progress.take(line)
      if (told !== undefined) terminal.print(told)
    })
  } finally {
    clearInterval(heartbeat)
  }
}

async function pullProgress(
  name: string,
  containers: readonly StackContainer[],
  engine: Pick<Engine, 'lastLines'>,
): Promise<string> {
  const pull = containers.find((container) => container.name === `${name}-model` && container.state === 'running')
  return pull === undefined ? '' : lastOf(await engine.lastLines(pull.id, 1))
}

// A progress bar is one line that is written again and again.
const lastOf = (text: string) =>
  stripVTControlCharacters(text)
    .split(/[\r\n]+/)
    .findLast((line) => line.trim() !== '') ?? ''

async function brokenOf({ pulumi, engine }: Tools): Promise<string[]> {
  const [resources = [], containers, images] = await Promise.all([
    pulumi.resources(),
    engine.containers(),
    engine.images(),
  ])
  return toReplace(resources, { containers, images })
}
