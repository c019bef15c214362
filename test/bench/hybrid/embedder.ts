import { once } from 'node:events'
import type { EmbedderWork } from '../fake-embedder.ts'
import { startChild } from './child.ts'

export interface FakeEmbedder {
  readonly url: string
  readonly work: () => Promise<EmbedderWork>
  readonly stop: () => Promise<void>
}

/** The fake in a process of its own; with a speed in texts a second, or at once with 0. */
export async function startEmbedder(speed: number): Promise<FakeEmbedder> {
  const child = startChild('../main.ts', ['fake-embedder', '--speed', String(speed)], {}, 'stdout')
  const [url] = (await once(child.lines, 'line')) as [string]
  const work = async () => (await (await fetch(`${url}/work`)).json()) as EmbedderWork
  return { url, work, stop: child.stop }
}
