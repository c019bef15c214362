import { Interrupted, Refused } from '../faults.ts'
import { makeProgress, type Progress } from './progress.ts'
import type { Operation } from './pulumi.ts'
import { briefly } from './report/show-logs.ts'
import type { Target, Tools, Trouble } from './target.ts'
import type { Terminal } from './terminal.ts'

const HEARTBEAT_MS = 10_000
const LINES = 15

/**
 * Runs a Pulumi operation and regularly prints what is in progress.
 * @param look adds progress that Pulumi does not report
 */
export async function operate(
  kind: 'up' | 'preview' | 'destroy',
  { pulumi, terminal }: Pick<Tools, 'pulumi' | 'terminal'>,
  operation: Omit<Operation, 'take' | 'signal'>,
  look: (progress: Progress) => Promise<void> = async () => {},
): Promise<boolean> {
  const progress = makeProgress(terminal.print)
  const interruption = terminal.interruption()
  const tell = () => terminal.note('Interrupted: finishing what is in progress. Interrupt again to stop at once.')
  interruption.signal.addEventListener('abort', tell, { once: true })
  let isLooking = false
  const beat = async () => {
    if (isLooking) return
    isLooking = true
    try {
      await look(progress)
    } catch (error) {
      // A target that does not answer is reported when the operation fails because of it.
      if (!(error instanceof Refused)) throw error
    } finally {
      isLooking = false
    }
    progress.beat()
  }
  const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS)
  try {
    return await pulumi.run(kind, { ...operation, take: progress.take, signal: interruption.signal })
  } finally {
    clearInterval(heartbeat)
    interruption.over()
    if (progress.summary() !== '') terminal.print(progress.summary())
  }
}

/** Returns a function that prints each new problem of a stack once, with the last lines of its log. */
export function troubleshooter(target: Pick<Target, 'look' | 'log'>, terminal: Pick<Terminal, 'print' | 'now'>) {
  const told = new Set<string>()
  const since = new Date(terminal.now().getTime() - CLOCKS_APART_MS)
  return async (progress?: Pick<Progress, 'hear'>): Promise<void> => {
    for (const trouble of await target.look(since, progress)) {
      if (told.has(trouble.key)) continue
      told.add(trouble.key)
      const lines = await lastLines(trouble, target, LINES)
      const log = lines === undefined ? '' : ` Its last lines:\n${lines.map((line) => `  ${line}`).join('\n')}`
      terminal.print(`\n${trouble.detail}.${log}\n  ${trouble.remedy}.\n`)
    }
  }
}

/** Tolerance for the difference between the clocks of the nodes and of this machine. */
const CLOCKS_APART_MS = 60_000

/** Returns the last lines of the log that belongs to a problem. Undefined if it has no log. */
export async function lastLines(
  { log }: Pick<Trouble, 'log'>,
  target: Pick<Target, 'log'>,
  count: number,
): Promise<readonly string[] | undefined> {
  if (log === undefined) return undefined
  try {
    const lines = await target.log(log, { tail: count })
    return lines.length === 0 ? ['(no output)'] : lines.map(({ text }) => briefly(text))
  } catch (error) {
    if (error instanceof Refused) return [error.message]
    throw error
  }
}

/**
 * Looks for problems after a failed operation.
 * @throws Refused with the command to continue with, if the target does not answer
 */
export async function lastLook(look: () => Promise<void>, again: string): Promise<void> {
  try {
    await look()
  } catch (error) {
    if (!(error instanceof Refused) || error instanceof Interrupted) throw error
    throw new Refused(`The operation stopped halfway. ${error.message}; then run \`${again}\` to continue`)
  }
}
