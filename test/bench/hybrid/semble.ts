import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cpuMs, memoryOf } from './child.ts'
import type { Side } from './interleaved.ts'

/** A process in which semble has indexed the folder. */
export interface Semble extends Side {
  readonly indexMs: number
  readonly chunks: number
  readonly peakMb: number
  stop(): void
}

const SCRIPT = fileURLToPath(new URL('./ask-semble.py', import.meta.url))

/** Indexes the folder with the semble installed for `python`, without its cache. Creates `model` if missing. */
export async function startSemble(python: string, folder: string, model: string): Promise<Semble> {
  const cache = mkdtempSync(join(tmpdir(), 'codebase-bench-semble-'))
  const env = { PATH: process.env.PATH, HOME: cache, SEMBLE_CACHE_LOCATION: cache, HF_HUB_OFFLINE: '1' }
  const child = spawn(python, [SCRIPT, folder, model], { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<Readonly<Record<string, number>>> => {
    const { done, value } = await lines.next()
    if (done) throw new Error('semble ended')
    return JSON.parse(value)
  }
  const { index_ms: indexMs = Number.NaN, chunks = 0 } = await next()
  const pid = child.pid ?? 0
  return {
    name: 'semble',
    indexMs,
    chunks,
    peakMb: memoryOf(pid).peakMb,
    cpuMs: () => cpuMs(pid),
    ask: async (question) => {
      child.stdin.write(`${JSON.stringify(question)}\n`)
      return (await next()).ms ?? Number.NaN
    },
    stop: () => {
      child.kill()
      rmSync(cache, { recursive: true, force: true })
    },
  }
}
