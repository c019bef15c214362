import { join } from 'node:path'
import type { Asked } from '../../infra/cli/arguments.ts'
import { Refused } from '../../infra/faults.ts'
import { PROJECT } from '../../infra/settings/config.ts'

/** Identifies a test stack. Everything with its name belongs to it and is removed with it. */
export interface Identity {
  /** Name of the Pulumi stack, and prefix of the names of its resources. */
  readonly name: string
  /** Folder of its state and settings. */
  readonly folder: string
}

/** Default name, which Pulumi.test.yaml also contains. */
export const TEST_STACK = 'codebase-mcp-test'

/** @throws Refused if a stack whose data somebody wants to keep could have this name */
export function identityOf({ settings }: Asked, root: string, given?: string): Identity {
  const name = given ?? settings[`${PROJECT}:name`] ?? TEST_STACK
  if (!/^[a-z][a-z0-9-]{0,29}$/.test(name) || !/(^|-)test(-|$)/.test(name)) {
    throw new Refused(
      `${JSON.stringify(name)} cannot be the name of a test stack. Everything with this name is removed, so it must contain ` +
        `the word "test". Use up to 30 lower-case letters, digits and hyphens, such as ${TEST_STACK}-2`,
    )
  }
  return { name, folder: join(root, '.pulumi', 'test', name) }
}

/** Returns the settings that every test stack has: on Docker, under its name, and without protection of its data. */
export function askedOfTestStack({ settings }: Asked, { name }: Identity, configFile: string): Asked {
  const own = { target: 'docker', name, protectData: 'false' }
  const forced = Object.fromEntries(Object.entries(own).map(([key, value]) => [`${PROJECT}:${key}`, value]))
  return { stack: name, configFile, settings: { ...settings, ...forced }, passed: [] }
}
