import { type Finding, findings } from '../../finding.ts'
import { PROJECT } from '../../settings/config.ts'
import type { DockerSettings } from '../../settings/settings.ts'
import { faultsOfRepositories } from '../repositories.ts'
import type { Engine } from './engine.ts'
import { faultsOfPorts } from './ports.ts'

const { ok, failing } = findings('stack')
const machine = findings('machine')

/** Checks that the engine answers, the ports are free, and the repositories exist. */
export async function runPreflight(
  settings: DockerSettings,
  root: string,
  engine: Pick<Engine, 'fault' | 'publisherOf' | 'of'>,
): Promise<readonly Finding[]> {
  const fault = await engine.fault()
  const taken = await faultsOfPorts(settings, fault === undefined ? engine : undefined)
  const free = `${settings.ports.map(({ port }) => port).join(', ')}: free, or used by this stack`
  return [
    ...(fault === undefined ? [] : [machine.failing('engine', fault.detail, fault.remedy)]),
    ...(taken.length === 0 ? [ok('ports', free)] : taken.map((each) => failing('ports', each.detail, each.remedy))),
    ...repositoryFindings(settings, root),
  ]
}

function repositoryFindings({ repositories }: DockerSettings, root: string): Finding[] {
  const faults = faultsOfRepositories(repositories, root)
  if (faults.length === 0) return [ok('repositories', repositories.join(', ') || 'none')]
  return faults.map((fault) => failing('repositories', `${PROJECT}:${fault}`, 'change it in the settings of the stack'))
}
