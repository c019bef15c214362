import { existsSync } from 'node:fs'
import { fileOfStack } from '../../plan/stack-config.ts'
import type { Tools } from '../target.ts'

/**
 * Runs the Pulumi CLI with the given arguments. The CLI sets values only of a stack that its backend has, so a stack that
 * so far has only a settings file is created first. Returns the CLI's exit code.
 */
export async function byHand({ root, asked, pulumi }: Pick<Tools, 'root' | 'asked' | 'pulumi'>): Promise<number> {
  const { passed } = asked
  const isSetting = passed.includes('config') && passed.some((word) => SETTING.includes(word))
  if (isSetting && existsSync(fileOfStack(root, asked)) && (await pulumi.state()) === undefined) await pulumi.make()
  return pulumi.byHand(passed)
}

const SETTING = ['set', 'set-all']
