import { join } from 'node:path'
import type { Asked } from '../../infra/cli/arguments.ts'
import { Refused } from '../../infra/faults.ts'
import { PROJECT } from '../../infra/settings/config.ts'

/** A test stack: everything that carries its name is its own, and goes with it. */
export interface Identity {
  /** Of the Pulumi stack, and what the names of all that it makes begin with. */
  readonly name: string
  /** Holds its state and its settings. */
  readonly folder: string
}

/** The name unless another is given; Pulumi.test.yaml has it too. */
export const TEST_STACK = 'codebase-mcp-test'

/** @throws Refused where the name could be that of a stack whose data somebody wants to keep */
export function identityOf({ settings }: Asked, root: string, given?: string): Identity {
  const name = given ?? settings[`${PROJECT}:name`] ?? TEST_STACK
  if (!/^[a-z][a-z0-9-]{0,29}$/.test(name) || !/(^|-)test(-|$)/.test(name)) {
    throw new Refused(
      `${JSON.stringify(name)} cannot be the name of a test stack: everything that carries it is removed, so it has to have ` +
        `the word "test" in it, and up to 30 lower-case letters, digits and hyphens, such as ${TEST_STACK}-2`,
    )
  }
  return { name, folder: join(root, '.pulumi', 'test', name) }
}

/** What is asked of the stack: on Docker, under its name, and with data that nothing protects. */
export function askedOfTestStack({ settings }: Asked, { name }: Identity, configFile: string): Asked {
  const own = { target: 'docker', name, protectData: 'false' }
  const forced = Object.fromEntries(Object.entries(own).map(([key, value]) => [`${PROJECT}:${key}`, value]))
  return { stack: name, configFile, settings: { ...settings, ...forced }, passed: [] }
}
