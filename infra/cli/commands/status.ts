import type { DockerSettings } from '../../settings/settings.ts'
import type { Asked } from '../arguments.ts'
import { isThere } from '../day-two/parts.ts'
import { noStack, type StackOnDocker, stackOnDocker } from '../day-two/stack-on-docker.ts'
import { reportOf, type Seen, type StatusReport } from '../day-two/status/report.ts'
import { askServer, Unanswered } from '../day-two/status/server.ts'
import { showStatus } from '../day-two/status/show.ts'
import type { DayTwoTools } from '../day-two/tools.ts'
import { settingsOf } from '../tools.ts'

const ABSENT: StatusReport = { state: 'absent', problems: [], parts: [], addresses: {} }

/** Whether the parts of the stack are healthy, and what the index holds; 1 where it does not serve. */
export async function status(asked: Asked, tools: DayTwoTools, { json }: { json?: boolean }): Promise<number> {
  const settings = (await tools.pulumi.exists()) ? await settingsOf(asked, tools) : undefined
  if (settings?.target === 'kubernetes') {
    const { clusterStatus } = await import('../cluster/day-two/status.ts')
    return clusterStatus(settings, asked, tools, { json })
  }
  const report = settings === undefined ? ABSENT : await look(settings, tools)
  if (json) tools.terminal.print(JSON.stringify({ stack: asked.stack, ...report }, null, 2))
  else if (report.state === 'absent') {
    tools.terminal.print(`${noStack(asked)}. What \`npm start\` has indexed without one: npm run index:status`)
  } else tools.terminal.print(showStatus(asked.stack, report, tools.now()))
  return report.state === 'ok' || report.state === 'degraded' ? 0 : 1
}

async function look(settings: DockerSettings, tools: DayTwoTools): Promise<StatusReport> {
  const stack = await stackOnDocker(settings, tools)
  const running = stack.parts.filter(isThere).filter(({ container }) => container.state === 'running')
  const [usage, server] = await Promise.all([
    tools.containers.usage(running.map(({ container }) => container.name)),
    serverOf(stack),
  ])
  return reportOf({ ...stack, usage, ...(server === undefined ? {} : { server }) })
}

async function serverOf({ parts }: StackOnDocker): Promise<Seen['server']> {
  const server = parts.filter(isThere).find(({ name }) => name === 'server')?.container
  const address = server?.published[0]?.address
  if (server?.state !== 'running' || address === undefined) return undefined
  try {
    return await askServer(`http://${address}`)
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    return { fault: error.message }
  }
}
