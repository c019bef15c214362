import type { Candidate } from '../../../../service/indexing/analysis.ts'
import { makeRemotes, type Remotes, type RemotesSettings } from '../../../../service/indexing/git/remotes.ts'
import type { Tree } from '../../../../service/indexing/tree.ts'
import { MIB, SECOND } from '../../../../service/units.ts'
import { temporaryFolder } from '../temporary-folder.ts'

export const LIVE = new AbortController().signal

/** Returns remotes like those of a worker, with an empty folder for clones. */
export function remotesWith(settings: Partial<RemotesSettings> = {}): Remotes {
  return makeRemotes({
    credentials: [],
    timeoutMs: 30 * SECOND,
    maxBytes: 100 * MIB,
    clones: { folder: `${temporaryFolder()}/clones`, maxBytes: 1000 * MIB },
    path: process.env.PATH ?? '',
    ...settings,
  })
}

export interface Opened {
  readonly commit: string | undefined
  /** Texts of the files to index and `<reason>` for those left out, by path. */
  readonly files: Record<string, string>
  readonly stamps: Record<string, string>
}

/** Returns what a run gets from a source. Undefined if the source has not changed. */
export async function opened(remotes: Remotes, source: string, known?: string): Promise<Opened | undefined> {
  const tree = await remotes.openTree(source, known, { signal: LIVE, onFetch: () => {} })
  if (tree === 'unchanged') return undefined
  try {
    return await contentsOf(tree)
  } finally {
    await tree.close()
  }
}

async function contentsOf(tree: Tree): Promise<Opened> {
  const files: Record<string, string> = {}
  const candidates: Candidate[] = []
  for await (const found of tree.walk({ maxFileBytes: 1000 }, LIVE)) {
    if ('skipped' in found) files[found.path] = `<${found.skipped}>`
    else candidates.push(found)
  }
  for (const { path, content } of await tree.load(candidates, LIVE)) files[path] = Buffer.from(content ?? []).toString()
  const stamps = Object.fromEntries(candidates.map(({ path, stamp }) => [path, stamp]))
  return { commit: tree.commit(), files, stamps }
}
