import { STACK_LABEL } from '../../docker/hardening.ts'
import { APART } from '../child-process.ts'
import { linesOf, makeDocker } from '../docker.ts'

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
  // A second Ctrl-C must not stop the removal.
  const docker = makeDocker({ env: environment, ...APART })
  const removed: string[] = []
  for (const { kind, list, remove } of KINDS) {
    const names = linesOf(await docker(...list, '--filter', `label=${STACK_LABEL}=${stack}`))
    if (names.length > 0) await docker(...remove, ...names)
    removed.push(...names.map((name) => `${kind} ${name}`))
  }
  return removed
}
