import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings, type Settings, SettingsFault } from '../../../settings/settings.ts'
import type { Asked } from '../../arguments.ts'
import { Refused } from '../../faults.ts'
import { makePulumi } from '../../pulumi/cli.ts'
import { type Finding, findings } from './finding.ts'

const { ok, warning, failing } = findings('stack')

export interface SettingsSeen {
  /** Absent where they are not usable. */
  readonly settings?: Settings
  readonly findings: readonly Finding[]
}

type Configuration = Readonly<Record<string, string>>

/** @param configuration reads the stack's; the CLI reads it, and where that is missing only the command's own line counts */
export async function checkSettings(
  asked: Asked,
  configuration: (() => Promise<Configuration>) | undefined,
): Promise<SettingsSeen> {
  try {
    const settings = readSettings({ ...(await configuration?.()), ...asked.settings })
    const { name, target } = settings
    if (configuration !== undefined) return { settings, findings: [ok('settings', `${name} on ${target}`)] }
    const detail = `not read, since the CLI does that; taken for ${name} on ${target}`
    return { settings, findings: [warning('settings', detail, 'Install the CLI, or give them with --config')] }
  } catch (error) {
    if (!(error instanceof SettingsFault || error instanceof Refused)) throw error
    const [first = '', ...rest] = error.message.split('\n')
    const faults = error instanceof SettingsFault ? rest.filter((line) => line.startsWith('  ')) : [first]
    const remedy = error instanceof SettingsFault ? (rest.at(-1) ?? '') : 'Correct what the message names'
    return { findings: faults.map((fault) => failing('settings', fault.trim(), remedy)) }
  }
}

/** The configuration of a stack that was never made, through one that is thrown away. @throws Refused */
export async function configurationOfFile(
  root: string,
  environment: NodeJS.ProcessEnv,
  asked: Required<Asked>,
): Promise<Configuration> {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-mcp-'))
  try {
    copyFileSync(join(root, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'))
    if (existsSync(asked.configFile)) copyFileSync(asked.configFile, join(folder, `Pulumi.${asked.stack}.yaml`))
    const { PULUMI_CONFIG_PASSPHRASE_FILE: _, ...rest } = environment
    const own = { ...rest, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: 'thrown away' }
    const { stack, settings, passed } = asked
    const pulumi = makePulumi(folder, own, { stack, settings, passed })
    await pulumi.makeStack()
    return await pulumi.settings()
  } finally {
    rmSync(folder, { recursive: true })
  }
}
