import { readSettings, type Settings } from '../settings/settings.ts'
import type { Asked } from './arguments.ts'
import type { ClusterPlace, Kubectl } from './cluster/kubectl.ts'
import type { Containers } from './day-two/containers/containers.ts'
import type { Engine } from './engine.ts'
import type { Pulumi } from './pulumi/cli.ts'
import type { Terminal } from './terminal.ts'

/** What every command works with. */
export interface Tools {
  readonly root: string
  readonly pulumi: Pulumi
  readonly engine: Engine
  readonly containers: Containers
  readonly kubectl: (place: ClusterPlace) => Kubectl
  readonly terminal: Terminal
}

/** @throws SettingsFault, Refused */
export async function settingsOf({ settings }: Asked, { pulumi }: Pick<Tools, 'pulumi'>): Promise<Settings> {
  return readSettings({ ...(await pulumi.settings()), ...settings })
}

/** The settings of a command's own line, as the Pulumi CLI takes them. */
export const given = ({ settings }: Asked): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ['--config', `${key}=${value}`])

/** A command of the Pulumi CLI that neither asks nor shows first what it will do. */
export const UNASKED = ['--yes', '--skip-preview'] as const
