import { SECOND } from '../units.ts'
import { closeAfter } from './closers.ts'
import { overall } from './doctor/check.ts'
import { examine } from './doctor/examine.ts'
import { reportJson, reportLines } from './doctor/report.ts'
import type { Setup } from './setup.ts'

const CLOSE_MS = 2 * SECOND

/** Finds what is wrong and says what to do; 1 where something fails, while warnings pass. */
export async function doctor(setup: Setup, { json }: { json?: true }): Promise<number> {
  const { terminal, log } = setup
  const code = await closeAfter(log, CLOSE_MS, async (closers) => {
    const findings = await examine(setup, closers)
    if (json) terminal.print(reportJson(findings))
    else reportLines(findings).forEach(terminal.print)
    return overall(findings) === 'failing' ? 1 : 0
  })
  // What never answered may keep its connection open for long.
  setTimeout(() => process.exit(code), CLOSE_MS).unref()
  return code
}
