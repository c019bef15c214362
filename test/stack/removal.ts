import { STACK_LABEL } from '../../infra/docker/hardening.ts'
import { Refused } from '../../infra/faults.ts'
import { APART, linesOf, outputOf } from '../../infra/processes.ts'

// In the order in which the engine lets them be removed.
const KINDS = [
  { kind: 'container', list: ['ps', '--all', '--format', '{{.Names}}'], remove: ['rm', '--force', '--volumes'] },
  { kind: 'network', list: ['network', 'ls', '--format', '{{.Name}}'], remove: ['network', 'rm'] },
  { kind: 'volume', list: ['volume', 'ls', '--format', '{{.Name}}'], remove: ['volume', 'rm'] },
] as const

/**
 * Removes everything that the engine has of a stack, including data and resources that Pulumi does not know.
 * @returns the removed resources
 * @throws Refused if something cannot be removed
 */
export async function removeFromEngine(stack: string, environment: NodeJS.ProcessEnv): Promise<readonly string[]> {
  // Runs in a process group of its own, so that a second Ctrl-C does not stop the removal.
  const docker = async (...args: readonly string[]) => {
    const { exitCode, output, errors } = await outputOf('docker', args, { env: environment, ...APART })
    if (exitCode !== 0) throw new Refused(`docker ${args.join(' ')} failed: ${errors.trim()}`)
    return output
  }
  const removed: string[] = []
  for (const { kind, list, remove } of KINDS) {
    const names = linesOf(await docker(...list, '--filter', `label=${STACK_LABEL}=${stack}`))
    if (names.length > 0) await docker(...remove, ...names)
    removed.push(...names.map((name) => `${kind} ${name}`))
  }
  return removed
}
