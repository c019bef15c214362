import { EVERYTHING } from '../../../service/access/grant.ts'
import { unknownRepository } from '../../../service/access/named-repository.ts'
import { Fault } from '../../../service/errors.ts'
import type { Catalogue, Job, RepositorySummary } from '../../../service/indexing/contract.ts'
import type { Log } from '../../../service/log.ts'
import type { GrepRequest, ReadRequest, Search, SearchRequest } from '../../../service/search/contract.ts'
import type { ObservedCall, ToolContext } from '../../../service/tools/tool.ts'

const INDEXED_AT = new Date('2026-11-20T10:00:00Z')

export const JOB: Job = {
  id: '6a1d1c1e-0000-4000-8000-000000000001',
  repository: 'shop',
  kind: 'index',
  state: 'running',
  progress: {
    phase: 'analysing',
    filesTotal: 8,
    filesDone: 2,
    skipped: { ignored: 3, binary: 1 },
    failures: [{ path: 'a/secret.txt', reason: 'unreadable' }],
  },
  createdAt: new Date('2026-11-20T10:01:00Z'),
  startedAt: new Date('2026-11-20T10:01:01Z'),
}

export const EMBED_JOB: Job = {
  ...JOB,
  id: '6a1d1c1e-0000-4000-8000-000000000002',
  kind: 'embed',
  progress: { phase: 'embedding', chunksToEmbed: 40, chunksEmbedded: 10 },
  createdAt: new Date('2026-11-20T10:02:00Z'),
}

/** Returns the summary of a repository. */
export const makeSummary = (name: string): RepositorySummary => ({
  name,
  source: `/code/${name}`,
  commit: 'abc123',
  files: 8,
  chunks: 40,
  bytes: 9000,
  embedded: 10,
  byMeaning: 40,
  state: 'ready',
  indexedAt: INDEXED_AT,
  skipped: { ignored: 3 },
  leftOut: [{ path: 'dist', reason: 'ignored' }],
  masked: { 'private-key': 1 },
})
const SHOP = makeSummary('shop')

export const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Returns a domain with one known repository. It records its calls. */
export function fakeDomain(overrides: { search?: Partial<Search>; catalogue?: Partial<Catalogue> } = {}) {
  const asked: { search: SearchRequest[]; grep: GrepRequest[]; read: ReadRequest[]; removed: string[] } = {
    search: [],
    grep: [],
    read: [],
    removed: [],
  }
  const calls: ObservedCall[] = []
  const search: Search = {
    async search(request) {
      asked.search.push(request)
      refuseUnknown(request.repository)
      return {
        results: [
          {
            repository: 'shop',
            path: 'src/cart.ts',
            startLine: 3,
            endLine: 9,
            symbol: 'Cart.add',
            language: 'typescript',
            score: 4.5,
            snippet: `add(item) { /* ${request.query} */ }`,
            snippetLines: [3],
            why: { legs: ['lexical'], words: ['add'], names: ['add'], path: ['cart'] },
          },
        ],
        modes: ['lexical'],
        models: [],
        degraded: 'Ollama does not answer',
        commit: 'abc123',
        indexedAt: INDEXED_AT,
        latencyMs: 2,
      }
    },
    async grep(request) {
      asked.grep.push(request)
      const match = { repository: 'shop', path: 'src/cart.ts', line: 4, text: 'b', before: ['a'], after: ['c'] }
      return { matches: [match], truncated: true, files: 9, filesSearched: 8, latencyMs: 1 }
    },
    async read(request) {
      asked.read.push(request)
      const place = { repository: 'shop', path: request.path, language: 'typescript' }
      return { ...place, startLine: request.startLine ?? 1, endLine: 2, totalLines: 2, text: 'one\ntwo' }
    },
    async outline({ path }) {
      const definitions = [{ symbol: 'Cart.add', kind: 'method', startLine: 3, endLine: 9, signature: 'add(item)' }]
      return { repository: 'shop', path, language: 'typescript', totalLines: 12, definitions }
    },
    async symbols({ name }) {
      const place = { repository: 'shop', path: 'src/cart.ts', language: 'typescript', startLine: 3, endLine: 9 }
      return {
        definitions: [{ ...place, symbol: name, kind: 'method', signature: 'add(item)' }],
        total: 1,
        near: false,
      }
    },
    async files() {
      const repository = 'shop'
      const entries = [
        { repository, path: 'readme.md', language: 'markdown', bytes: 2048 },
        { repository, path: 'src/', files: 1, isOpen: true },
        { repository, path: 'src/cart.ts', language: 'typescript', bytes: 90 },
      ]
      return { entries, entriesInAll: 3, files: 2 }
    },
    ...overrides.search,
  }
  const catalogue: Catalogue = {
    list: async () => [SHOP],
    leftOut: async (name, after) => {
      refuseUnknown(name)
      return after === ''
        ? { repository: name, paths: [{ path: 'dist', reason: 'ignored' }], next: 'dist' }
        : { repository: name, paths: [{ path: 'huge.ts', reason: 'too_large', detail: '9 bytes' }] }
    },
    index: async () => ({ ...JOB, state: 'queued' }),
    follow: async () => undefined,
    pushed: async () => [],
    listAgain: async () => {},
    sources: async () => [],
    remove: async (name) => {
      refuseUnknown(name)
      asked.removed.push(name)
    },
    job: async (id) => {
      const job = [JOB, EMBED_JOB].find((known) => known.id === id)
      if (job === undefined) throw new Fault('job_unknown', `There is no job ${id}`, 'See the newest jobs')
      return job
    },
    jobs: async () => [EMBED_JOB, JOB],
    ...overrides.catalogue,
  }
  const context: ToolContext = {
    search,
    catalogue,
    log: SILENT,
    grant: EVERYTHING,
    observe: (call) => calls.push(call),
  }
  return { context, asked, calls }
}

function refuseUnknown(repository: string | undefined): void {
  if (repository === undefined || repository === 'shop') return
  throw unknownRepository(repository, [{ name: 'shop', source: '/code/shop' }])
}
