import { findSymbol } from '../tools/find-symbol.ts'
import { getIndexingStatus } from '../tools/get-indexing-status.ts'
import { grepCode } from '../tools/grep-code.ts'
import { indexRepository } from '../tools/index-repository.ts'
import { listFiles } from '../tools/list-files.ts'
import { listRepositories } from '../tools/list-repositories.ts'
import { readFile } from '../tools/read-file.ts'
import { searchCode } from '../tools/search-code.ts'
import type { Tool } from '../tools/tool.ts'

/** Where the HTTP API offers an operation. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** The tool that takes the same fields and gives the same answer. */
  readonly tool?: Tool
}

/** The operations of the HTTP API, by their ID. */
export const OPERATIONS = {
  search_code: { method: 'POST', path: '/v1/search', tool: searchCode },
  grep_code: { method: 'POST', path: '/v1/grep', tool: grepCode },
  read_file: { method: 'POST', path: '/v1/read', tool: readFile },
  find_symbol: { method: 'POST', path: '/v1/symbols', tool: findSymbol },
  list_files: { method: 'POST', path: '/v1/files', tool: listFiles },
  list_repositories: { method: 'GET', path: '/v1/repositories', tool: listRepositories },
  index_repository: { method: 'POST', path: '/v1/repositories', tool: indexRepository },
  remove_repository: { method: 'DELETE', path: '/v1/repositories/{name}' },
  list_left_out: { method: 'GET', path: '/v1/repositories/{name}/left-out' },
  list_more_left_out: { method: 'GET', path: '/v1/repositories/{name}/left-out/{after}' },
  list_sources: { method: 'GET', path: '/v1/sources' },
  get_indexing_status: { method: 'GET', path: '/v1/jobs', tool: getIndexingStatus },
  get_job: { method: 'GET', path: '/v1/jobs/{id}' },
} as const satisfies Readonly<Record<string, Operation>>

export type OperationId = keyof typeof OPERATIONS

/** IDs of the operations that a tool does. */
export type ToolId = {
  [Id in OperationId]: (typeof OPERATIONS)[Id] extends { readonly tool: Tool } ? Id : never
}[OperationId]

/** Returns the operation that does what a tool does. */
export const operationOf = (tool: Tool): Operation | undefined =>
  Object.values<Operation>(OPERATIONS).find((operation) => operation.tool === tool)
