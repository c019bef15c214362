import { findServer } from './announced-server.ts'
import { closeAfter } from './closers.ts'
import type { Setup } from './setup.ts'
import { type Stop, untilStopped } from './stop.ts'

/** Serves MCP over stdio until the input ends or nobody reads the output. */
export async function mcp(setup: Setup, paths: readonly string[]): Promise<never> {
  const { config, log, terminal, command } = setup
  const clientGone = new Promise<Pick<Stop, 'code'>>((resolve) => {
    process.stdout.once('error', () => resolve({ code: 0 }))
  })
  const ended = Promise.race([untilStopped(log), clientGone])
  if (process.stdin.isTTY) {
    terminal.note(`Agents start this mode, and write messages to it. ${command('connect', 'CLIENT')} sets one up`)
    terminal.note(`To serve folders yourself: ${command('serve', 'FOLDER')}. Ctrl-C ends this`)
  }
  const server = config.serverUrl === undefined ? undefined : await findServer(config)
  if (server !== undefined) {
    const { bridge } = await import('./stdio/bridge.ts')
    const stop = await Promise.race([bridge(server, process.stdin, process.stdout, log), ended])
    process.exit(stop?.code ?? 0)
  }
  const { serveInProcess } = await import('./stdio/in-process.ts')
  const code = await closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    const stop = await Promise.race([serveInProcess(setup, paths, closers), ended])
    return stop?.code ?? 0
  })
  process.exit(code)
}
