import { showStatus } from '../report/show-status.ts'
import { lookAt } from '../report/status.ts'
import type { Tools } from '../target.ts'

/** Prints the health of the stack and the state of the index. Returns 1 if the stack cannot serve. */
export async function status(tools: Tools, { json }: { json?: boolean }): Promise<number> {
  const { asked, terminal } = tools
  const settings = tools.settings()
  const now = terminal.now()
  const report = await lookAt(await tools.targetOf(settings), asked, settings.running, now)
  if (json) terminal.print(JSON.stringify({ stack: asked.stack, ...report }, null, 2))
  else terminal.print(showStatus(asked, report, now))
  return report.state === 'ok' || report.state === 'degraded' ? 0 : 1
}
