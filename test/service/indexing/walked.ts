import type { GitUser } from '../../../service/indexing/files/git-config.ts'
import { type Found, walk } from '../../../service/indexing/files/walker.ts'

/** A user without git settings. */
export const NOBODY: GitUser = { home: '/nowhere', configHome: '/nowhere' }

/** Returns everything that a walk finds. */
export async function walked(
  root: string,
  maxFileBytes: number,
  signal?: AbortSignal,
  user: GitUser = NOBODY,
): Promise<Found[]> {
  const all: Found[] = []
  for await (const found of walk({ root, user }, { maxFileBytes }, signal)) all.push(found)
  return all
}
