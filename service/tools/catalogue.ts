import { findSymbol } from './find-symbol.ts'
import { getIndexingStatus } from './get-indexing-status.ts'
import { grepCode } from './grep-code.ts'
import { indexRepository } from './index-repository.ts'
import { listFiles } from './list-files.ts'
import { listRepositories } from './list-repositories.ts'
import { readFile } from './read-file.ts'
import { searchCode } from './search-code.ts'
import type { Tool } from './tool.ts'

/** All tools, in the order in which clients list them. */
export const TOOLS: readonly Tool[] = [
  searchCode,
  findSymbol,
  grepCode,
  readFile,
  listFiles,
  listRepositories,
  indexRepository,
  getIndexingStatus,
]
