import { join } from 'node:path'
import { RunError, runtime } from '@pulumi/pulumi'
import { POLICIES } from '../policy/policies.ts'
import { type Properties, violationsOf } from '../policy/policy.ts'
import { ROOT } from '../project-paths.ts'
import { valuesOf } from '../settings/config.ts'
import { acceptedIn } from '../settings/policy-names.ts'
import { SettingsFault } from '../settings/settings.ts'
import { notesOnData } from './kept-data.ts'
import { byKind } from './kinds.ts'
import { replaceEngine } from './monitor.ts'
import { FORMAT, type Plan, type StackConfig } from './plan.ts'
import { shown } from './wire.ts'

/**
 * Runs the program of the stack in this process without an engine. Works once per process, because a module runs only
 * once.
 * @throws SettingsFault if the settings are invalid
 */
export async function planOf(stack: string, { values, secretKeys, notes }: StackConfig): Promise<Plan> {
  const registered = await replaceEngine(stack)
  runtime.setAllConfig({ ...values }, [...secretKeys])
  const outputs = await inFolder(PROGRAM_FOLDER, outputsOfProgram)
  await runtime.disconnect()
  const resources = registered().toSorted(byKind)
  const violations = violationsOf(POLICIES, resources, acceptedIn(valuesOf(values)))
  return { format: FORMAT, stack, resources, outputs, violations, notes: [...notes, ...notesOnData(resources)] }
}

const PROGRAM_FOLDER = join(ROOT, 'infra')

/** The engine runs a program in its own folder, to which its paths are relative. */
async function inFolder<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const before = process.cwd()
  process.chdir(folder)
  try {
    return await work()
  } finally {
    process.chdir(before)
  }
}

async function outputsOfProgram(): Promise<Properties> {
  try {
    const { default: outputs } = await import('../index.ts')
    return shown(await runtime.serializeProperties('outputs', outputs)) as Properties
  } catch (error) {
    throw RunError.isInstance(error) ? new SettingsFault((error as Error).message) : error
  }
}
