import type { HttpSettings } from '../config.ts'
import { SECOND } from '../units.ts'
import type { Setup } from './setup.ts'

const TIMEOUT_MS = 4 * SECOND

/**
 * Checks whether the server, the worker, or the server behind the bridge is ready. A degraded one is reported but
 * passes.
 */
export async function healthcheck({ config, terminal }: Setup): Promise<number> {
  const url = config.serverUrl ?? addressOf(config.http)
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    if (!response.ok) {
      terminal.print(`not ready: ${await reasonOf(response)}`)
      return 1
    }
  } catch (error) {
    const { cause, message } = error as Error
    terminal.print(
      `not ready: ${url} does not answer (${(cause as NodeJS.ErrnoException | undefined)?.code ?? message})`,
    )
    return 1
  }
  terminal.print((await warningOf(url)) ?? 'ready')
  return 0
}

/** Returns the address of a server or worker with these settings on this machine. */
export function addressOf({ host, port }: HttpSettings): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`
  if (host === '::') return `http://[::1]:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function reasonOf(response: Response): Promise<string> {
  const problem = (await response.json().catch(() => ({}))) as { title?: string }
  return problem.title ?? `status ${response.status}`
}

async function warningOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const { status, embedder } = (await response.json()) as { status: string; embedder?: { reason?: string } }
    return status === 'degraded' ? `ready, but degraded: ${embedder?.reason}` : undefined
  } catch {
    return undefined
  }
}
