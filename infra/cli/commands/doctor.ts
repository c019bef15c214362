import { Refused, unlessRefused } from '../../faults.ts'
import { checked, type Finding, findings, type Group, overall, withoutNeed } from '../../finding.ts'
import { parseJson } from '../../json.ts'
import { counted } from '../../plan/table.ts'
import { npmRun } from '../../printed-commands.ts'
import type { Ended } from '../../processes.ts'
import { withSettings } from '../../settings/service-variables.ts'
import { readSettings, type Settings, SettingsFault } from '../../settings/settings.ts'
import { lastLines } from '../operation.ts'
import { checkClient } from '../report/client.ts'
import { checkNode, checkPlugins, checkPulumi } from '../report/programs.ts'
import { askServer } from '../report/server.ts'
import { findingsJson, showFindings } from '../report/show-findings.ts'
import { isDown, shortage } from '../report/status.ts'
import type { Part, Target, Tools } from '../target.ts'

const stack = findings('stack')
const server = findings('server')

export interface DoctorTools extends Tools {
  /** Connects to the server as an agent does. Only tests give it. */
  readonly checkClient?: typeof checkClient
}

/** Prints every problem of this machine and the stack, each with a remedy. Returns 1 if a check fails. */
export async function doctor(tools: DoctorTools, { json }: { json?: boolean }): Promise<number> {
  const all = (await examine(tools)).toSorted((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group))
  tools.terminal.print(json ? findingsJson(all) : showFindings(all))
  return overall(all) === 'failing' ? 1 : 0
}

const GROUPS: readonly Group[] = ['machine', 'stack', 'server', 'client']

async function examine(tools: DoctorTools): Promise<readonly Finding[]> {
  const { pulumi, machine } = tools
  const { settings, faults } = settingsSeen(tools)
  const target = await tools.targetOf(settings)
  const isMade = (await unlessRefused(target.isMade())) ?? false
  const missing = await pulumi.missing()
  const about = await Promise.all([
    checked('machine', 'pulumi', () => (missing.length > 0 ? missing : checkPulumi(machine))),
    checked('machine', 'plugins', async () =>
      missing.length + faults.length > 0 ? [] : checkPlugins(machine, await tools.plan()),
    ),
    checked('stack', 'state', () => (missing.length > 0 ? [] : checkState(tools))),
    checked('stack', 'settings', () =>
      faults.length > 0 ? faults : [stack.ok('settings', `${settings.name} on ${settings.target}`)],
    ),
    checked('stack', 'preflight', () => target.preflight()),
    checked('machine', 'machine', () => target.checkMachine()),
  ])
  return [
    ...checkNode(machine),
    ...(isMade ? about.flat() : about.flat().map(onlyForAStack)),
    ...(isMade
      ? await ofStack(target, settings, tools)
      : ownReport(await machine.run(process.execPath, 'service/main.ts', 'doctor', '--json'))),
  ]
}

/** Turns failures of requirements that only a running stack has into warnings. */
function onlyForAStack(finding: Finding): Finding {
  const spared = withoutNeed(finding)
  if (spared === finding) return finding
  return { ...spared, detail: `${finding.detail} (a stack needs it, \`npm start\` does not)` }
}

/** Returns the settings. If they are invalid, returns the default settings and the faults. */
function settingsSeen(tools: Tools): { readonly settings: Settings; readonly faults: readonly Finding[] } {
  try {
    return { settings: tools.settings(), faults: [] }
  } catch (error) {
    if (!(error instanceof SettingsFault || error instanceof Refused)) throw error
    const { faults, remedy } = error instanceof SettingsFault ? error : new SettingsFault(error.message)
    return { settings: readSettings({}), faults: faults.map((fault) => stack.failing('settings', fault, remedy)) }
  }
}

/** Finds locks and pending operations that an interrupted `up` left in the stack's state. */
async function checkState({ asked, pulumi }: Tools): Promise<Finding[]> {
  const up = npmRun(asked, 'up')
  const state = await pulumi.state()
  if (state === undefined)
    return [stack.ok('state', `the stack ${asked.stack} does not exist yet: \`${up}\` creates it`)]
  const { resources, pending } = state
  const ofLocks = (await pulumi.locks()).map(({ pid, host, since, isHeld }) =>
    isHeld
      ? stack.warning(
          'state',
          `\`pulumi\` is working on it (process ${pid} on ${host}, since ${since})`,
          'Wait until it ends',
        )
      : stack.warning(
          'state',
          `locked since ${since} by a \`pulumi\` that has ended (process ${pid})`,
          `\`${up}\` unlocks it`,
        ),
  )
  const begun = `unfinished operations: ${pending.join(', ')}`
  const left = [...ofLocks, ...(pending.length === 0 ? [] : [stack.warning('state', begun, `\`${up}\` finishes them`)])]
  return left.length > 0 ? left : [stack.ok('state', `${resources.length} resources, no unfinished operations`)]
}

const RECENTLY_MS = 10 * 60_000
const LINES = 3

/** Checks the running parts of the stack: from outside, by the server's own doctor, and as an agent. */
async function ofStack(target: Target, { running }: Settings, tools: DoctorTools): Promise<readonly Finding[]> {
  const { asked, terminal, checkClient: connect = checkClient } = tools
  return checked('stack', 'parts', async () => {
    const parts = await target.parts()
    if (isDown(parts) || !running) {
      return [stack.warning('parts', 'the stack is down', `\`${npmRun(asked, 'up')}\` starts it`)]
    }
    const troubles = await target.look(new Date(terminal.now().getTime() - RECENTLY_MS))
    const told = troubles.map(async (trouble): Promise<Finding> => {
      const { group, name, state, remedy = '' } = trouble
      const lines = await lastLines(trouble, target, LINES)
      const detail = lines === undefined ? trouble.detail : `${trouble.detail}, after:\n${lines.join('\n')}`
      return { group, name, state, detail, remedy }
    })
    const others = parts.filter(({ name }) => !troubles.some((trouble) => trouble.name === name))
    const looked = [askDoctor(parts, target), sourceFindings(parts, target), asClient(parts, target, connect)]
    return [...others.map((part) => partFinding(part, tools)), ...(await Promise.all([...told, ...looked])).flat()]
  })
}

function partFinding(part: Part, { asked }: Tools): Finding {
  const short = shortage(part, asked)
  const states = [...new Set(part.instances.map(({ state }) => state))].join(', ')
  if (short === undefined) return stack.ok(part.name, states)
  const remedy = `\`${npmRun(asked, 'logs', '--since', '1h', part.name)}\` shows more`
  return (part.instances.length === 0 ? stack.failing : stack.warning)(part.name, short, remedy)
}

const DOCTOR = ['/usr/local/bin/node', '/app/main.js', 'doctor', '--json'] as const

async function askDoctor(parts: readonly Part[], target: Target): Promise<readonly Finding[]> {
  const ready = parts.find(({ name }) => name === 'server')?.instances.find(({ isRunning }) => isRunning)
  if (ready === undefined) return []
  return checked('server', 'doctor', async () => ownReport(await target.run(ready.id, DOCTOR), withSettings))
}

/**
 * Checks the organisations and groups whose repositories are indexed. Other checks report a server that does not
 * answer.
 */
async function sourceFindings(parts: readonly Part[], target: Target): Promise<readonly Finding[]> {
  const report = await askServer(target, parts)
  if (report === undefined || 'fault' in report) return []
  return (report.sources ?? []).map(({ url, repositories, fault }) =>
    fault === undefined
      ? server.ok('sources', `${url}: ${counted(repositories, 'repository', 'repositories')}`)
      : server.warning('sources', `${url} cannot be listed: ${fault.message}`, fault.remedy),
  )
}

interface OwnReport {
  readonly checks: readonly Omit<Finding, 'group'>[]
}

/** Returns the checks of the service's own doctor. */
function ownReport({ output, errors }: Ended, revive?: typeof withSettings): readonly Finding[] {
  const report = parseJson(output, revive) as OwnReport | undefined
  if (report !== undefined) return report.checks.map((check) => ({ group: 'server', ...check }))
  const told = `${output}${errors}`.trim().split('\n').at(-1) ?? ''
  return [
    server.failing(
      'doctor',
      `it exited without a report: ${told}`,
      'Correct what the message names; the log may show more',
    ),
  ]
}

async function asClient(parts: readonly Part[], target: Target, connect: typeof checkClient) {
  const found = parts.find(({ name }) => name === 'server')
  const isRunning = found?.instances.some((each) => each.isRunning)
  if (!target.isLocal || !isRunning || found?.url === undefined) return []
  return checked('client', 'mcp', () => connect(`${found.url}/mcp`))
}
