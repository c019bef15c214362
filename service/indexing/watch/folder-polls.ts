import type { WatchWay } from '../../store/repositories.ts'
import { SECOND } from '../../units.ts'
import { headCommit } from '../files/head-commit.ts'
import { type WalkedFolder, walk } from '../files/walker.ts'
import { BURST, type ChangeSource, type SourceListener, WHOLE } from './change-source.ts'

/** Maximum share of time to spend on polling: large folders are polled less often. */
const SHARE = 0.05

/** Polls all files of a folder, and compares their sizes and times. */
export function openFolderPolls(
  walked: WalkedFolder,
  listener: SourceListener,
  { intervalMs, reason }: { readonly intervalMs: number; readonly reason?: string },
): ChangeSource {
  const { root } = walked
  const closing = new AbortController()
  let known: Map<string, string> | undefined
  let changed = new Set<string>()
  let commit = headCommit(root)
  let timer = later(0)

  async function poll(): Promise<void> {
    const started = performance.now()
    try {
      const now = await stampsIn(walked, closing.signal)
      for (const path of known === undefined ? [] : differences(known, now)) changed.add(path)
      known = now
      const commitNow = headCommit(root)
      if (commitNow !== commit) listener.gitChanged()
      commit = commitNow
      if (changed.size > 0) listener.changed()
    } catch (error) {
      // The folder's watcher notices that it is gone.
      if (closing.signal.aborted || !(error instanceof Error)) return
    }
    const ms = performance.now() - started
    timer = later(Math.max(intervalMs, ms / SHARE))
  }

  function later(ms: number): NodeJS.Timeout {
    return setTimeout(() => void poll(), ms).unref()
  }

  const way: WatchWay = {
    by: 'polling',
    everySeconds: intervalMs / SECOND,
    ...(reason === undefined ? {} : { reason }),
  }
  return {
    way,
    take: async () => {
      const taken = changed
      changed = new Set()
      return taken.size > BURST ? [WHOLE] : [...taken]
    },
    close: () => {
      closing.abort()
      clearTimeout(timer)
    },
  }
}

/** Returns, by path, the stamp of each file, or why a file or folder is left out. */
async function stampsIn(walked: WalkedFolder, signal: AbortSignal): Promise<Map<string, string>> {
  const stamps = new Map<string, string>()
  for await (const found of walk(walked, { maxFileBytes: Number.POSITIVE_INFINITY }, signal)) {
    stamps.set(found.path, 'skipped' in found ? found.skipped : found.stamp)
  }
  return stamps
}

function* differences(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): Generator<string> {
  for (const [path, stamp] of now) if (before.get(path) !== stamp) yield path
  for (const path of before.keys()) if (!now.has(path)) yield path
}
