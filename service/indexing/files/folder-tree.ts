import type { Tree } from '../tree.ts'
import type { GitUser } from './git-config.ts'
import { headCommit } from './head-commit.ts'
import { walk } from './walker.ts'

/** Returns the files of a folder in their current state. */
export function folderTree(root: string, user: GitUser): Tree {
  return {
    root,
    walk: (limits, signal) => walk({ root, user }, limits, signal),
    load: async (files) => files,
    commit: () => headCommit(root),
    close: async () => {},
  }
}
