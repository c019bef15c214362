import { once } from 'node:events'
import type { EmbedderWork } from '../fake-embedder.ts'
import { startChild } from './child.ts'

export interface FakeEmbedder {
  readonly url: string
  readonly work: () => Promise<EmbedderWork>
  readonly stop: () => Promise<void>
}

/**
 * Starts the fake embedder in a process of its own. A speed of 0 answers at once; otherwise it is in texts a second.
 */
export async function startEmbedder(speed: number): Promise<FakeEmbedder> {
  const child = startChild('../main.ts', ['fake-embedder', '--speed', String(speed)], {}, 'stdout')
  const [url] = (await once(child.lines, 'line')) as [string]
  const work = async () => (await (await fetch(`${url}/work`)).json()) as EmbedderWork
  return { url, work, stop: child.stop }
}
