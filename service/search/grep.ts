import { readContents } from '../store/contents.ts'
import type { Database } from '../store/database.ts'
import { type FileRow, filesMatching } from '../store/files.ts'
import { SECOND } from '../units.ts'
import type { GrepAnswer, GrepMatch, GrepRequest } from './contract.ts'
import { fileFilter } from './glob.ts'
import { compileLineMatcher, type LineMatcher } from './line-matcher.ts'
import { searchedRepositories } from './repositories.ts'
import { linesOf } from './text-lines.ts'

const DEADLINE_MS = 5 * SECOND
const BATCH_FILES = 64

interface Scan {
  readonly request: GrepRequest
  readonly matcher: LineMatcher
  readonly names: ReadonlyMap<number, string>
  readonly signal: AbortSignal
  /** One more than the limit tells that there are more. */
  readonly matches: GrepMatch[]
}

/**
 * The lines that match, by repository and path, as far as the limit and five seconds reach.
 * @throws Fault `repository_unknown`, `pattern_invalid`
 */
export async function grepLines(database: Database, request: GrepRequest, signal?: AbortSignal): Promise<GrepAnswer> {
  const started = performance.now()
  const matcher = compileLineMatcher(request.pattern, request.ignoreCase)
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  const answer = await database.snapshot(async (sql) => {
    const repositories = await searchedRepositories(sql, request.repository)
    const files = await filesMatching(sql, repositories, fileFilter(request))
    const names = new Map(repositories.map(({ id, name }) => [id, name]))
    const scan = { request, matcher, names, matches: [], signal: deadline }
    let searched = 0
    while (searched < files.length && !deadline.aborted && scan.matches.length <= request.limit) {
      signal?.throwIfAborted()
      const batch = files.slice(searched, searched + BATCH_FILES)
      searched += scanFiles(batch, await readContents(sql, [...new Set(batch.map((file) => file.contentHash))]), scan)
    }
    return { matches: scan.matches as GrepMatch[], filesSearched: searched, complete: searched === files.length }
  })
  return {
    matches: answer.matches.slice(0, request.limit),
    truncated: answer.matches.length > request.limit || !answer.complete,
    filesSearched: answer.filesSearched,
    latencyMs: Math.round((performance.now() - started) * 10) / 10,
  }
}

/** How many of the files were searched before the scan had enough. */
function scanFiles(files: readonly FileRow[], texts: ReadonlyMap<string, string>, scan: Scan): number {
  let searched = 0
  for (const file of files) {
    if (scan.signal.aborted || scan.matches.length > scan.request.limit) break
    scanText(texts.get(file.contentHash) ?? '', file, scan)
    searched++
  }
  return searched
}

function scanText(text: string, file: FileRow, { request, matcher, names, matches }: Scan): void {
  const unixText = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
  if (!matcher.mayMatch(unixText)) return
  const lines = linesOf(unixText)
  for (let at = 0; at < lines.length && matches.length <= request.limit; at++) {
    const line = lines[at] as string
    if (!matcher.matches(line)) continue
    matches.push({
      repository: names.get(file.repositoryId) ?? '',
      path: file.path,
      line: at + 1,
      text: line,
      before: lines.slice(Math.max(0, at - request.context), at),
      after: lines.slice(at + 1, at + 1 + request.context),
    })
  }
}
