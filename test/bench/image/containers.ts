import { setTimeout as sleep } from 'node:timers/promises'
import { asAgent, overHttp, repositories } from '../../e2e/docker/agent.ts'
import { unusedPort } from '../../fakes/unused-port.ts'
import { docker, LABELLED } from './engine.ts'

const NETWORK = 'codebase-mcp-bench'
const POSTGRES = 'codebase-mcp-bench-postgres'
const DATABASE_URL = `postgres://postgres:bench@${POSTGRES}:5432/postgres`
const ASK_AGAIN_MS = 5
const GIVE_UP_MS = 60_000
const IDLE_MS = 5_000
const MEGABYTES: Readonly<Record<string, number>> = { KiB: 1 / 1024, MiB: 1, GiB: 1024 }

export interface Started {
  /** From `docker run` to the answer of a tool. */
  readonly answeredMs: number
  /** Memory of the idle container, in mebibytes. */
  readonly idleMb: number
}

/** Starts an empty Postgres in a network of its own. */
export async function startPostgres(image: string): Promise<void> {
  await docker('network', 'create', ...LABELLED, NETWORK)
  const place = ['--name', POSTGRES, '--network', NETWORK, '--env', 'POSTGRES_PASSWORD=bench']
  await docker('run', '--detach', ...LABELLED, ...place, image)
}

/** Starts a server of the image as the stack does, calls a tool, lets the server become idle, and removes it. */
export async function startOnce(image: string): Promise<Started> {
  const port = await unusedPort()
  const hardened = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--init', '--network', NETWORK]
  const settings = ['--env', `DATABASE_URL=${DATABASE_URL}`, '--env', 'OLLAMA_BASE_URL=off']
  const published = ['--publish', `127.0.0.1:${port}:8000`]
  const began = performance.now()
  const container = await docker('run', '--detach', ...LABELLED, ...hardened, ...settings, ...published, image)
  try {
    await answered(container, `http://127.0.0.1:${port}`, began + GIVE_UP_MS)
    const answeredMs = performance.now() - began
    await sleep(IDLE_MS)
    return { answeredMs, idleMb: await memoryOf(container) }
  } finally {
    await docker('rm', '--force', container)
  }
}

async function answered(container: string, url: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      await asAgent(overHttp(url), repositories)
      return
    } catch (error) {
      if (performance.now() < deadline) await sleep(ASK_AGAIN_MS)
      else throw new Error(`No tool answered:\n${await docker('logs', container)}`, { cause: error })
    }
  }
}

async function memoryOf(container: string): Promise<number> {
  const shown = await docker('stats', '--no-stream', '--format', '{{.MemUsage}}', container)
  const [, amount = '', unit = ''] = /^([\d.]+)([KMG]iB)/.exec(shown) ?? []
  return Number(amount) * (MEGABYTES[unit] ?? Number.NaN)
}
