import type { Asked } from '../arguments.ts'
import { checkOnCluster } from '../cluster/day-two/doctor.ts'
import { checkOnDocker } from '../day-two/doctor/docker.ts'
import { checked, type Finding, type Group, overall } from '../day-two/doctor/finding.ts'
import { checkNode, checkPulumi } from '../day-two/doctor/programs.ts'
import { checkSettings } from '../day-two/doctor/settings.ts'
import { findingsJson, showFindings } from '../day-two/doctor/show.ts'
import { checkState } from '../day-two/doctor/state.ts'
import type { DoctorTools } from '../day-two/doctor/tools.ts'

/** Everything that is wrong with this machine and the stack, each with what to do; 1 where something fails. */
export async function doctor(asked: Asked, tools: DoctorTools, { json }: { json?: boolean }): Promise<number> {
  const all = (await look(asked, tools)).toSorted((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group))
  tools.terminal.print(json ? findingsJson(all) : showFindings(all))
  return overall(all) === 'failing' ? 1 : 0
}

const GROUPS: readonly Group[] = ['machine', 'stack', 'server', 'client']

async function look(asked: Asked, tools: DoctorTools): Promise<readonly Finding[]> {
  const { machine, pulumi } = tools
  const hasPulumi = machine.isOnPath('pulumi')
  const { settings, findings } = await checkSettings(asked, await configurationFor(tools, hasPulumi))
  const all = await Promise.all([
    checked('machine', 'node', async () => checkNode(machine)),
    checked('machine', 'pulumi', () => checkPulumi(machine, settings?.target ?? 'docker')),
    checked('stack', 'state', async () => (hasPulumi ? checkState(asked, pulumi) : [])),
    settings?.target === 'kubernetes'
      ? checked('stack', 'cluster', async () => checkOnCluster(settings, tools, await isMade(pulumi)))
      : checked('machine', 'engine', () => checkOnDocker(settings, tools)),
  ])
  return [...findings, ...all.flat()]
}

async function configurationFor(tools: DoctorTools, hasPulumi: boolean) {
  if (!hasPulumi) return undefined
  return (await isMade(tools.pulumi)) ? () => tools.pulumi.settings() : tools.configurationOfFile
}

// That a state cannot be read is told where the state is looked at.
const isMade = (pulumi: DoctorTools['pulumi']) => pulumi.exists().catch(() => false)
