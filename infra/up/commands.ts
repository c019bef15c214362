import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PROJECT, readSettings, type Settings } from '../settings.ts'
import { type Asked, UsageFault } from './arguments.ts'
import type { Engine } from './engine.ts'
import { type StateResource, toReplace } from './healing.ts'
import { obstacles } from './obstacles.ts'
import type { Pulumi } from './pulumi.ts'
import { summary } from './summary.ts'
import type { Terminal } from './terminal.ts'

export interface Tools {
  readonly root: string
  readonly pulumi: Pulumi
  readonly engine: Engine
  readonly terminal: Terminal
}

/** Several things stand in the way; each says what to do. */
export class Obstructed extends Error {
  constructor(faults: readonly string[]) {
    super(['Before this can run:', ...faults.map((fault) => `- ${fault}`)].join('\n'))
  }
}

const UNASKED = ['--yes', '--skip-preview']

/** Builds and starts the whole stack, and says how to reach it. */
export async function up(asked: Asked, tools: Tools): Promise<number> {
  const { pulumi, engine, terminal } = tools
  const resources = await knownStack(tools)
  const settings = await settingsOf(asked, tools)
  const docker = settings.target === 'docker'
  const faults = docker ? await obstacles(settings, tools.root, engine) : []
  if (faults.length > 0) throw new Obstructed(faults)
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

/** Shows what `up` would change. */
export async function preview(asked: Asked, tools: Tools): Promise<number> {
  if (!(await tools.pulumi.exists())) await tools.pulumi.makeStack()
  return tools.pulumi.run(['preview', '--suppress-outputs', ...given(asked), ...asked.passed])
}

/** Removes the containers; with `data` also what outlives them. */
export async function down(asked: Asked, tools: Tools): Promise<number> {
  const { pulumi, terminal } = tools
  const resources = await pulumi.resources()
  if (resources === undefined || resources.length === 0) {
    terminal.print(`The stack ${asked.stack} has nothing to remove.`)
    return 0
  }
  return asked.data ? removeAll(asked, tools) : stop(asked, tools)
}

async function stop(asked: Asked, { root, pulumi, terminal }: Tools): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-mcp-'))
  try {
    // The CLI saves a setting that it is given, and this one holds only until the next `up`.
    const copy = join(folder, 'stack.yaml')
    const file = asked.configFile ?? join(root, `Pulumi.${asked.stack}.yaml`)
    if (existsSync(file)) copyFileSync(file, copy)
    const command = ['up', '--suppress-outputs', ...UNASKED, ...given(asked), '--config', `${PROJECT}:running=false`]
    const exitCode = await pulumi.run([...command, ...asked.passed], copy)
    if (exitCode === 0) terminal.print('The index and the model are kept; `npm run down -- --data` removes them too.')
    return exitCode
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function removeAll(asked: Asked, { pulumi, terminal }: Tools): Promise<number> {
  if (!asked.passed.includes('--yes')) {
    if (!terminal.isInteractive) throw new UsageFault('Nobody can be asked here: add --yes to remove the data for good')
    const answer = await terminal.ask(`This removes the index and the model for good. The stack's name, to go on: `)
    if (answer !== asked.stack) throw new UsageFault('Nothing was removed')
  }
  await pulumi.unprotect()
  return pulumi.run(['destroy', '--yes', '--skip-preview', ...asked.passed.filter((word) => word !== '--yes')])
}

/** The stack's resources; a stack that is not there is made. */
async function knownStack({ pulumi }: Tools): Promise<readonly StateResource[]> {
  const resources = await pulumi.resources()
  if (resources === undefined) await pulumi.makeStack()
  return resources ?? []
}

async function settingsOf(asked: Asked, { pulumi }: Tools): Promise<Settings> {
  return readSettings({ ...(await pulumi.settings()), ...asked.settings })
}

async function brokenOf(resources: readonly StateResource[], engine: Engine): Promise<string[]> {
  const [containers, images] = await Promise.all([engine.containers(), engine.images()])
  return toReplace(resources, { containers, images })
}

const given = ({ settings }: Asked) =>
  Object.entries(settings).flatMap(([key, value]) => ['--config', `${key}=${value}`])
