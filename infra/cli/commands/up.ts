import { setTimeout as sleep } from 'node:timers/promises'
import { refuseBroken } from '../../policy/broken.ts'
import { npmRun } from '../../reader.ts'
import { type Finding, inWords, refuseFailing } from '../finding.ts'
import { clearLock } from '../lock.ts'
import { lastLook, operate, troubleshooter } from '../operation.ts'
import type { Options } from '../pulumi.ts'
import { askServer } from '../report/server.ts'
import { isOpen, jobLine } from '../report/show-status.ts'
import type { Target, Tools } from '../target.ts'
import { agreed } from '../terminal.ts'

export interface UpOptions extends Options {
  readonly yes?: boolean | undefined
  readonly skipPreview?: boolean | undefined
}

/** Builds and starts the whole stack, and says how to reach it. */
export async function up(tools: Tools, options: UpOptions): Promise<number> {
  const { asked, pulumi, terminal } = tools
  const settings = tools.settings()
  refuseBroken((await tools.plan()).violations)
  const target = await tools.targetOf(settings)
  const operation = await prepare(target, options, tools)
  if (target.asksFirst && !isConsent(options) && !(await isWanted(operation, tools))) return 1
  const look = troubleshooter(target, terminal)
  if (!(await operate('up', tools, operation, look))) {
    await lastLook(look, npmRun(asked, 'up'))
    return 1
  }
  const outputs = await pulumi.outputs()
  terminal.print(summary(outputs, asked.stack))
  if (target.isReachable && settings.running && terminal.isInteractive && typeof outputs.url === 'string') {
    await followIndexing(outputs.url, npmRun(asked, 'status'), terminal.print)
  }
  return 0
}

const isConsent = ({ yes = false, skipPreview = false }: UpOptions) => yes || skipPreview

/** Sees to it that an `up` can get there; how it has to be made. @throws Refused with everything that is in its way */
async function prepare(target: Target, { yes, skipPreview, ...options }: UpOptions, tools: Tools) {
  const { asked, pulumi, terminal } = tools
  const findings = [...(await pulumi.missing()), ...(await target.preflight())]
  for (const warning of findings.filter(({ state }) => state === 'warning')) terminal.print(`! ${inWords(warning)}`)
  const installed = await isInstalled(findings, isConsent({ yes, skipPreview }), tools)
  if (!installed) refuseFailing(findings)
  const state = await pulumi.state()
  if (state === undefined) await pulumi.make()
  await clearLock(asked, pulumi, terminal)
  const healed = (await target.heal?.(state ?? { resources: [], pending: [] })) ?? {}
  if (state !== undefined && state.pending.length > 0) {
    terminal.print('A killed run left operations unfinished; they run again.')
    await pulumi.forgetPending()
  }
  return { ...healed, options: { ...healed.options, ...options } }
}

/** Shows what would change, and asks. @throws Refused where that is not wanted */
async function isWanted(operation: Parameters<typeof operate>[2], tools: Tools): Promise<boolean> {
  const { asked, terminal } = tools
  if (terminal.isInteractive && !(await operate('preview', tools, operation))) return false
  const question = `Apply these changes to ${asked.stack}?`
  await agreed({ yes: false, question, answer: 'yes', otherwise: 'Nothing was changed.' }, terminal)
  return true
}

/** Whether the CLI, where it is all that is missing, was installed for this project. */
async function isInstalled(findings: readonly Finding[], yes: boolean, { pulumi, terminal }: Tools): Promise<boolean> {
  const failing = findings.filter(({ state }) => state === 'failing')
  if (failing.length !== 1 || failing[0]?.name !== 'pulumi' || (!yes && !terminal.isInteractive)) return false
  const question = 'The Pulumi CLI is missing. Install it into .pulumi/cli of this project?'
  await agreed({ yes, question, answer: 'yes', otherwise: 'Nothing was installed.' }, terminal)
  await pulumi.install()
  return true
}

interface Outputs {
  readonly url?: string
  /** There where one was made. */
  readonly token?: unknown
  readonly clients?: { readonly claudeCode?: string; readonly stdio?: string; readonly http?: unknown }
}

/** What to do next, out of a stack's outputs. */
export function summary({ url, token, clients }: Outputs, stack: string): string {
  if (url === undefined || clients === undefined) return 'Done.'
  return [
    '',
    `Codebase MCP: ${url}`,
    '',
    'Claude Code:',
    `  ${clients.claudeCode}`,
    'Clients that are configured with JSON:',
    `  ${JSON.stringify(clients.http)}`,
    'Over stdio:',
    `  ${clients.stdio}`,
    ...(token === undefined
      ? []
      : ['The token:', `  npm run pulumi -- stack output token --show-secrets --stack ${stack}`]),
  ].join('\n')
}

const LOOK_EVERY_MS = 2_000

/** Tells how far indexing is until nothing is left to do; whoever does not want to wait ends it, and it goes on. */
export async function followIndexing(
  url: string,
  status: string,
  print: (text: string) => void,
  wait: () => Promise<unknown> = () => sleep(LOOK_EVERY_MS),
): Promise<void> {
  for (let told = ''; ; ) {
    const server = await askServer(url)
    if ('fault' in server) return print(`${server.fault}; \`${status}\` shows the progress of indexing.`)
    const open = (server.jobs ?? []).filter(isOpen)
    const lines = open.map(jobLine).join('\n')
    if (open.length > 0 && told === '')
      print(`\nIndexing (Ctrl-C stops watching, not indexing; \`${status}\` shows it):`)
    if (lines !== told) print(open.length > 0 ? lines : 'Indexed.')
    if (open.length === 0) return
    told = lines
    await wait()
  }
}
