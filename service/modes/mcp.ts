import { findServer } from './announced-server.ts'
import { closeAfter } from './closers.ts'
import type { Setup } from './setup.ts'
import { untilStopped } from './stop.ts'

/** MCP over stdio until the input ends. */
export async function mcp(setup: Setup, paths: readonly string[]): Promise<never> {
  const server = await findServer(setup.config)
  if (server !== undefined) {
    const { bridge } = await import('./bridge.ts')
    await Promise.race([bridge(server, process.stdin, process.stdout, setup.log), untilStopped()])
    process.exit(0)
  }
  const { serveInProcess } = await import('./mcp-in-process.ts')
  const { config, log } = setup
  await closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    await Promise.race([serveInProcess(setup, paths, closers), untilStopped()])
  })
  process.exit(0)
}
