import { readContents } from '../store/contents.ts'
import type { Database } from '../store/database.ts'
import { type FileRow, filesMatching } from '../store/files.ts'
import { SECOND } from '../units.ts'
import type { GrepAnswer, GrepMatch, GrepRequest } from './contract.ts'
import { fileFilter } from './glob.ts'
import { compileLineMatcher, type LineMatcher } from './line-matcher.ts'
import { searchedRepositories } from './repositories.ts'
import { linesOf } from './text-lines.ts'
import { untilSettled } from './until-settled.ts'

const DEADLINE_MS = 4 * SECOND
const BATCH_FILES = 64

/**
 * The lines that match, by repository and path, as far as the limit and four seconds reach.
 * @throws Fault `repository_unknown`, `pattern_invalid`, `request_invalid`
 */
export async function grepLines(database: Database, request: GrepRequest, signal?: AbortSignal): Promise<GrepAnswer> {
  const started = performance.now()
  const matcher = compileLineMatcher(request.pattern, request.ignoreCase)
  const deadline = AbortSignal.timeout(DEADLINE_MS)
  const scan = await untilSettled(() => scanOnce(database, new Scan(request, matcher, deadline), signal))
  return {
    matches: scan.matches.slice(0, request.limit),
    truncated: scan.ended,
    filesSearched: scan.filesSearched,
    latencyMs: Math.round((performance.now() - started) * 10) / 10,
  }
}

/** Undefined where the text of a file has been removed since the file was seen. */
async function scanOnce(database: Database, scan: Scan, signal?: AbortSignal): Promise<Scan | undefined> {
  const repositories = await searchedRepositories(database, scan.request)
  const names = new Map(repositories.map(({ id, name }) => [id, name]))
  const files = await filesMatching(database, repositories, fileFilter(scan.request))
  for (let at = 0; at < files.length && !scan.ended; at += BATCH_FILES) {
    signal?.throwIfAborted()
    const batch = files.slice(at, at + BATCH_FILES)
    const texts = await readContents(database, [...new Set(batch.map(({ contentHash }) => contentHash))])
    for (const file of batch) {
      const text = texts.get(file.contentHash)
      if (text === undefined) return undefined
      if (scan.ended) break
      scan.search(text, file, names.get(file.repositoryId) ?? '')
    }
  }
  return scan
}

class Scan {
  readonly matches: GrepMatch[] = []
  filesSearched = 0
  readonly request: GrepRequest
  readonly #matcher: LineMatcher
  readonly #deadline: AbortSignal

  constructor(request: GrepRequest, matcher: LineMatcher, deadline: AbortSignal) {
    this.request = request
    this.#matcher = matcher
    this.#deadline = deadline
  }

  /** Whether it ends before the last file; one match more than the limit tells that there are more. */
  get ended(): boolean {
    return this.#deadline.aborted || this.matches.length > this.request.limit
  }

  search(text: string, { path }: FileRow, repository: string): void {
    this.filesSearched++
    const unixText = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
    if (!this.#matcher.mayMatch(unixText)) return
    const { context } = this.request
    const lines = linesOf(unixText)
    for (let at = 0; at < lines.length && !this.ended; at++) {
      const line = lines[at] as string
      if (!this.#matcher.matches(line)) continue
      const before = lines.slice(Math.max(0, at - context), at)
      this.matches.push({
        repository,
        path,
        line: at + 1,
        text: line,
        before,
        after: lines.slice(at + 1, at + 1 + context),
      })
    }
  }
}
