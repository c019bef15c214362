import { setTimeout as delay } from 'node:timers/promises'
import type { RepositorySummary } from '../../service/indexing/contract.ts'
import type { GrepMatch, SearchResult } from '../../service/search/contract.ts'
import { EMBED_JOB, fakeDomain, JOB, makeSummary } from '../service/tools/fake-domain.ts'

/** A file name from a hostile repository. */
export const HOSTILE = '<img src=x onerror=alert(1)>'
const LINES = Array.from(
  { length: 2600 },
  (_, at) => `export const value${at + 1} = ${at + 1} // the cart, line ${at + 1}`,
)

const SHOP: RepositorySummary = {
  ...makeSummary('shop'),
  source: 'https://github.com/team/shop.git',
  commit: 'c0ffee0000',
  indexedAt: new Date(Date.now() - 120_000),
  skipped: { ignored: 3, too_large: 1 },
}
const FAILED: RepositorySummary = {
  ...makeSummary('old'),
  source: '/code/old',
  state: 'failed',
  skipped: {},
  fault: { code: 'path_not_found', message: 'The folder /code/old is gone', remedy: 'Bring it back' },
}

const resultAt = (at: number): SearchResult => ({
  repository: at % 3 === 0 ? 'old' : 'shop',
  path: at === 0 ? `src/${HOSTILE}.ts` : `src/cart-${at}.ts`,
  startLine: 10 * at + 1,
  endLine: 10 * at + 3,
  symbol: at === 0 ? HOSTILE : `Cart.add${at}`,
  language: at % 4 === 0 ? 'python' : 'typescript',
  score: 1 / (at + 1),
  snippet:
    at === 0 ? `const evil = "${HOSTILE}"` : `export function addToCart(item: Item) {\n  return "retry" // ${at}\n}`,
  snippetLines: at === 0 ? [1] : [10 * at + 1, 10 * at + 2, 10 * at + 3],
  why: { legs: ['lexical', 'semantic'], words: ['cart', 'retri'], names: ['cart'], path: ['cart'], likeness: 2.5 },
})
const RESULTS = Array.from({ length: 50 }, (_, at) => resultAt(at))
const MATCHES = Array.from({ length: 120 }, (_, at): GrepMatch => {
  return {
    repository: 'shop',
    path: `src/${Math.floor(at / 10)}.ts`,
    line: 3 * (at % 10) + 2,
    text: `  // TODO ${at}`,
    before: ['before'],
    after: ['after'],
  }
})

/** Returns a domain with enough content to fill every view. It records its calls. */
export function shownDomain() {
  const domain = fakeDomain({
    search: {
      async search(request) {
        domain.asked.search.push(request)
        const narrowed = RESULTS.filter(
          ({ repository }) => request.repository === undefined || repository === request.repository,
        )
        const results = request.query.includes('nothing') ? [] : narrowed.slice(0, request.limit)
        return { results, modes: ['lexical', 'semantic'], models: ['m'], latencyMs: 4 }
      },
      async grep(request) {
        domain.asked.grep.push(request)
        await delay(1)
        const truncated = request.limit < MATCHES.length
        return { matches: MATCHES.slice(0, request.limit), truncated, files: 40, filesSearched: 12, latencyMs: 3 }
      },
      async read({ path, startLine = 1, endLine = LINES.length }) {
        const lines = path.includes('short') ? LINES.slice(0, 40) : LINES
        const end = Math.min(endLine, lines.length)
        const text = lines.slice(startLine - 1, end).join('\n')
        const place = { repository: 'shop', path, language: 'typescript', startLine, endLine: end }
        return { ...place, totalLines: lines.length, text }
      },
      async symbols({ name }) {
        const place = { repository: 'shop', path: 'src/cart.ts', language: 'typescript', startLine: 3, endLine: 9 }
        const signature = `function ${name}(item: Item): Cart`
        return { definitions: [{ ...place, symbol: `Cart.${name}`, kind: 'method', signature }], total: 1, near: false }
      },
    },
    catalogue: {
      list: async () => [SHOP, FAILED],
      jobs: async () => [
        {
          ...EMBED_JOB,
          state: 'partial',
          startedAt: EMBED_JOB.createdAt,
          finishedAt: new Date(EMBED_JOB.createdAt.getTime() + 2500),
        },
        JOB,
      ],
    },
  })
  return domain
}
