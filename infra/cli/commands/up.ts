import { howToConnect } from '../../client-settings.ts'
import { inWords, overall, refuseFailing, withoutNeed } from '../../finding.ts'
import { refuseViolations } from '../../policy/mandatory.ts'
import { npmRun } from '../../printed-commands.ts'
import { clearLock } from '../lock.ts'
import { lastLook, operate, troubleshooter } from '../operation.ts'
import type { Options } from '../pulumi.ts'
import { followIndexing } from '../report/indexing.ts'
import { installPlugins } from '../report/programs.ts'
import type { Tools } from '../target.ts'
import { agreed } from '../terminal.ts'

export interface UpOptions extends Options {
  readonly yes?: boolean | undefined
  readonly skipPreview?: boolean | undefined
}

/**
 * Prints which preflight checks fail and what `up` would change. Pulumi works while the checks run, but its results
 * are printed after theirs, and not at all if the checks refuse the stack.
 */
export async function preview(tools: Tools, options: Options): Promise<number> {
  const { pulumi, terminal } = tools
  tools.settings()
  const show = (print = terminal.print) => operate('preview', { pulumi, terminal: { ...terminal, print } }, { options })
  const held: string[] = []
  const early = (await pulumi.missing()).length === 0 ? show((text) => held.push(text)) : undefined
  const checks = runPreflight(tools, { isAgreed: false })
  await Promise.allSettled([early, checks])
  const failing = (await checks).findings.filter(({ state }) => state === 'failing').map(withoutNeed)
  for (const each of failing) terminal.print(`${each.state === 'failing' ? 'x' : '!'} ${inWords(each)}`)
  for (const text of held) terminal.print(text)
  const isShown = await (early ?? show()).catch(async (error: Error) => {
    if (error.name !== 'StackNotFoundError') throw error
    await pulumi.make()
    return show()
  })
  return isShown && overall(failing) !== 'failing' ? 0 : 1
}

/** Builds and starts the whole stack, and prints how to connect to it. */
export async function up(tools: Tools, { yes, skipPreview, ...given }: UpOptions): Promise<number> {
  const { asked, pulumi, terminal } = tools
  const isAgreed = yes === true || skipPreview === true
  const { settings, target, findings } = await runPreflight(tools, { isAgreed })
  refuseFailing(findings)
  await installPlugins(tools)
  await readyState(tools)
  // The refresh finds resources that somebody else deleted and creates them again. Updating them would fail.
  const options = target.isLocal ? given : { refresh: true, ...given }
  if (!target.isLocal && !isAgreed && !(await isWanted({ options }, tools))) return 1
  const look = troubleshooter(target, terminal)
  if (!(await operate('up', tools, { options }, look))) {
    await lastLook(look, npmRun(asked, 'up'))
    return 1
  }
  const outputs = await pulumi.outputs()
  const connect = () => terminal.print(howToConnect(outputs, asked))
  const isFollowed = settings.running && terminal.isInteractive && outputs.url !== undefined
  if (isFollowed) await followIndexing({ target, terminal, status: npmRun(asked, 'status') }, connect)
  else connect()
  return 0
}

/**
 * Runs the checks of `up` and prints their warnings.
 * @param isAgreed whether to install a missing CLI without asking
 * @throws SettingsFault, Refused also if the CLI is missing or the stack violates a mandatory policy
 */
async function runPreflight(tools: Tools, { isAgreed }: { readonly isAgreed: boolean }) {
  const { pulumi, terminal } = tools
  const settings = tools.settings()
  refuseViolations((await tools.plan()).violations)
  const target = await tools.targetOf(settings)
  const findings = await target.preflight()
  for (const warning of findings.filter(({ state }) => state === 'warning')) terminal.print(`! ${inWords(warning)}`)
  const missing = await pulumi.missing()
  if (missing.length > 0) {
    const isAll = overall(findings) !== 'failing'
    if (!isAll || (!isAgreed && !terminal.isInteractive)) refuseFailing([...missing, ...findings])
    const question = 'The Pulumi CLI is missing. Install it into .pulumi/cli of this project?'
    await agreed({ yes: isAgreed, question, answer: 'yes', otherwise: 'Nothing was installed.' }, terminal)
    await pulumi.install()
  }
  return { settings, target, findings }
}

/** Creates the stack if it does not exist. Clears the lock and the pending operations that a killed run left. */
async function readyState({ asked, pulumi, terminal }: Tools): Promise<void> {
  const state = await pulumi.state()
  if (state === undefined) await pulumi.make()
  await clearLock(asked, pulumi, terminal)
  if (state === undefined || state.pending.length === 0) return
  terminal.print('A killed run left unfinished operations; they run again.')
  await pulumi.forgetPending()
}

/** Shows the preview and asks for consent. @throws Refused if the user declines */
async function isWanted(operation: Parameters<typeof operate>[2], tools: Tools): Promise<boolean> {
  const { asked, terminal } = tools
  if (terminal.isInteractive && !(await operate('preview', tools, operation))) return false
  const question = `Apply these changes to ${asked.stack}?`
  await agreed({ yes: false, question, answer: 'yes', otherwise: 'Nothing was changed.' }, terminal)
  return true
}
