import { STACK_LABEL } from '../../docker/hardening.ts'
import { outputOf } from '../child-process.ts'

import { Refused } from '../faults.ts'

// In the order in which the engine lets go of them.
const KINDS = [
  { kind: 'container', list: ['ps', '--all', '--format', '{{.Names}}'], remove: ['rm', '--force', '--volumes'] },
  { kind: 'network', list: ['network', 'ls', '--format', '{{.Name}}'], remove: ['network', 'rm'] },
  { kind: 'volume', list: ['volume', 'ls', '--format', '{{.Name}}'], remove: ['volume', 'rm'] },
] as const

/**
 * Removes at once whatever the engine has of a stack, data included and whether or not Pulumi knows of it.
 * @returns what there was
 * @throws Refused where something stays
 */
export async function removeFromEngine(stack: string, environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const docker = async (...args: string[]) => {
    // In a group of its own: a second Ctrl-C must not stop the removal.
    const { exitCode, output, errors } = await outputOf('docker', args, { env: environment, detached: true })
    if (exitCode !== 0) throw new Refused(`docker ${args.join(' ')} failed: ${errors.trim()}`)
    return output.split('\n').filter((line) => line !== '')
  }
  const removed: string[] = []
  for (const { kind, list, remove } of KINDS) {
    const names = await docker(...list, '--filter', `label=${STACK_LABEL}=${stack}`)
    if (names.length > 0) await docker(...remove, ...names)
    removed.push(...names.map((name) => `${kind} ${name}`))
  }
  return removed
}
