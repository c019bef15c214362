import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Agent, Busy, makeAgent } from './agent.ts'
import { type Corpus, write } from './corpus.ts'
import { Errors } from './errors.ts'
import { indexed } from './index-state.ts'
import { REPOSITORY, served } from './load.ts'
import { defineRow, type Form } from './row.ts'
import { noiseInLines, noiseInOneLine, SLOW_PATTERNS } from './slow-patterns.ts'
import { SLOW_SOURCES } from './slow-sources.ts'

const CORPUS = { files: 200, functions: 10 }
const NOISE = 'noise'
const EVERY: Readonly<Record<Form, number>> = { full: 1, short: 8 }
const THINKING_MS = 50
const PATTERN_MS = 1000
const SOURCE_MS = 2000
const OTHERS_MS = 200
const MOST_MB = 512

/** S5: patterns and sources on which matching and parsing are slow. */
export const slowInputs = defineRow({
  row: 'S5',
  about: `${SLOW_PATTERNS.length} patterns made to be slow, one after the other and all at once, and ${Object.keys(SLOW_SOURCES).length} sources, while others search, read and grep`,
  goal: 'a pattern ends within 1 s, or is refused as retryable; a source is indexed or left out within 2 s; none takes more than 512 MB; others wait at most 200 ms, and 1 s for a matching thread',
  needsPostgres: true,
  run: async (context, form) => {
    const { server, corpus, folder } = await served(context, CORPUS)
    write(folder, `${NOISE}/lines.txt`, noiseInLines())
    write(folder, `${NOISE}/one-line.txt`, noiseInOneLine())
    await indexed(server.url, folder)
    const beforeMb = server.residentMb()
    const patterns = SLOW_PATTERNS.filter((_, at) => at % EVERY[form] === 0)
    const sources = Object.entries(SLOW_SOURCES).filter((_, at) => at % EVERY[form] === 0)
    const errors = new Errors()
    const others = askMeanwhile(server.url, corpus, errors)
    const alone: number[] = []
    const slowest = new Slowest()
    const agent = makeAgent(server.url, { connections: patterns.length })
    for (const pattern of patterns) alone.push(slowest.add(pattern, await grepMs(agent, pattern, errors), PATTERN_MS))
    const atOnce = await Promise.all(patterns.map((pattern) => grepMs(agent, pattern, errors)))
    agent.close()
    const indexing: number[] = []
    for (const [path, text] of sources) {
      const own = join(folder, `source-${path}`)
      write(own, path, text)
      write(own, 'beside.txt', path)
      const startedAt = performance.now()
      await indexed(server.url, own)
      indexing.push(slowest.add(path, performance.now() - startedAt, SOURCE_MS))
      // Otherwise a later run would analyse it again, together with other small segments.
      rmSync(own, { recursive: true })
    }
    const { ms, grepsMs } = await others.end()
    slowest.print()
    return {
      patterns: patterns.length,
      worstPatternMs: Math.max(...alone),
      worstPatternAtOnceMs: Math.max(...atOnce),
      sources: sources.length,
      worstSourceMs: Math.max(...indexing),
      tookMb: server.peakMb() - beforeMb,
      others: ms.length,
      worstOthersMs: Math.max(...ms),
      otherGreps: grepsMs.length,
      worstOtherGrepMs: Math.max(...grepsMs),
      errors: errors.count,
      exits: server.lives() ? 0 : 1,
    }
  },
  holds: (counts, form) =>
    counts.patterns > 0 &&
    counts.sources > 0 &&
    counts.others > 0 &&
    counts.otherGreps > 0 &&
    counts.errors + counts.exits === 0 &&
    counts.tookMb <= MOST_MB &&
    (form === 'short' ||
      (Math.max(counts.worstPatternMs, counts.worstPatternAtOnceMs, counts.worstOtherGrepMs) <= PATTERN_MS &&
        counts.worstSourceMs <= SOURCE_MS &&
        counts.worstOthersMs <= OTHERS_MS)),
})

/** Records what exceeded its time limit. */
class Slowest {
  readonly #late: string[] = []

  add(what: string, ms: number, limitMs: number): number {
    if (ms > limitMs) this.#late.push(`${what}: ${Math.round(ms)} ms`)
    return ms
  }

  print(): void {
    for (const each of this.#late) process.stderr.write(`    ${each}\n`)
  }
}

/** Returns the time until a pattern is answered or refused. */
async function grepMs(agent: Agent, pattern: string, errors: Errors): Promise<number> {
  const startedAt = performance.now()
  const body = { pattern, path: `${NOISE}/*` }
  try {
    const { status, text } = await agent.post('/v1/grep', body)
    const isRefused = text.includes('"pattern_invalid"') || text.includes('"overloaded"')
    if (status !== 200 && !isRefused) errors.add(new Error(`${pattern}: ${status} ${text.slice(0, 200)}`))
  } catch (error) {
    errors.add(error)
  }
  return performance.now() - startedAt
}

/** Searches, reads, lists and greps in turn until stopped. Returns the time of each call. */
function askMeanwhile(url: string, { functions }: Corpus, errors: Errors) {
  const agent = makeAgent(url)
  const ms: number[] = []
  const grepsMs: number[] = []
  let over = false
  const asking = (async () => {
    for (let at = 0; !over; at++) {
      const { name, path } = functions[at % functions.length] as Corpus['functions'][number]
      try {
        ms.push((await agent.call('search_code', { query: name })).ms)
        ms.push((await agent.call('read_file', { repository: REPOSITORY, path })).ms)
        ms.push((await agent.call('list_repositories', {})).ms)
        grepsMs.push((await agent.call('grep_code', { pattern: name, path })).ms)
      } catch (error) {
        if (!(error instanceof Busy)) errors.add(error)
      }
      await delay(THINKING_MS)
    }
    agent.close()
  })()
  return {
    async end() {
      over = true
      await asking
      return { ms, grepsMs }
    },
  }
}
