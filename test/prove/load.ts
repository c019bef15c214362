import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '../bench/random.ts'
import { type Agent, type Answer, Busy, makeAgent, matchesIn, placesIn, quantile } from './agent.ts'
import { type Corpus, writeCorpus } from './corpus.ts'
import { Errors } from './errors.ts'
import { settled } from './index-state.ts'
import { type Context, defineRow, type Form } from './row.ts'
import type { Server } from './server.ts'

/** Name of the repository of `served`. */
export const REPOSITORY = 'code'
const CONNECTIONS = 50
/** Pause of an agent between two questions. */
const THINKING_MS = 500
const SAMPLE_MS = 1000
/** Share of the time that passes before memory is measured. */
const WARM_UP = 0.3

const SIZES = {
  full: { corpus: { files: 5000, functions: 10 }, seconds: 600 },
  short: { corpus: { files: 100, functions: 10 }, seconds: 20 },
} as const satisfies Record<Form, unknown>

/** L1: agents that ask at the same time, for as long as the form says. */
export const load = defineRow({
  row: 'L1',
  about: `${CONNECTIONS} agents search, read and grep at once over 50,000 chunks for 10 minutes, each half a second after its last answer`,
  goal: '0 errors, p99 ≤ 400 ms, memory grows by less than 10 %',
  needsPostgres: true,
  run: async (context, form) => {
    const { corpus: size, seconds } = SIZES[form]
    const { server, corpus, chunks } = await served(context, size)
    const until = performance.now() + 1000 * seconds
    const memory = memoryFrom(server, performance.now() + 1000 * seconds * WARM_UP, until)
    const errors = new Errors()
    const asked = await Promise.all(
      Array.from({ length: CONNECTIONS }, (_, at) =>
        askUntil(until, makeAgent(server.url), makeQuestions(corpus, at + 1), (error) => {
          // A server that shares its machine with other rows may be too busy for a question.
          if (form === 'full' || !(error instanceof Busy)) errors.add(error)
        }),
      ),
    )
    const times = asked.flat()
    return {
      chunks,
      calls: times.length,
      errors: errors.count,
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
      memoryGrowthPercent: await memory,
    }
  },
  holds: ({ calls, errors, p99Ms, memoryGrowthPercent }, form) =>
    calls > 0 && errors === 0 && (form === 'short' || (p99Ms <= 400 && memoryGrowthPercent < 10)),
})

/** Starts a server with a generated repository and waits until it is indexed. */
export async function served(context: Context, size: Parameters<typeof writeCorpus>[1], debugged = false) {
  const postgres = await context.postgres({ fsync: 'off' })
  const folder = join(context.folder(), REPOSITORY)
  const corpus = writeCorpus(folder, size)
  const settings = { DATABASE_URL: await postgres.database('codebase') }
  const server = await context.server({ folders: [folder], settings, debugged })
  const { chunks } = await settled(server.url)
  return { server, corpus, chunks, folder }
}

async function askUntil(
  until: number,
  agent: Agent,
  questions: ReturnType<typeof makeQuestions>,
  failed: (error: unknown) => void,
): Promise<number[]> {
  const ms: number[] = []
  while (performance.now() < until) {
    try {
      ms.push((await questions.ask(agent)).ms)
    } catch (error) {
      failed(error)
    }
    await delay(THINKING_MS)
  }
  agent.close()
  return ms
}

/** Asks questions like an agent and fails if the answer does not contain what it must. */
function makeQuestions({ functions, words }: Corpus, seed: number) {
  const random = seededRandom(seed)
  const one = <Item>(of: readonly Item[]) => of[Math.floor(random() * of.length)] as Item
  const expect = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`Wrong answer: ${what}`)
  }
  const byName = async (agent: Agent): Promise<Answer> => {
    const { name, path } = one(functions)
    const answer = await agent.call('search_code', { query: name })
    expect(placesIn(answer)[0]?.path === path, `${name} is not found first`)
    return answer
  }
  const byWords = async (agent: Agent): Promise<Answer> => {
    const query = `where is the ${one(words)} of a ${one(words)} and its ${one(words)}`
    const answer = await agent.call('search_code', { query, limit: 5 })
    expect(
      placesIn(answer).every(({ snippet }) => snippet !== undefined),
      query,
    )
    return answer
  }
  const read = async (agent: Agent): Promise<Answer> => {
    const { path } = one(functions)
    const answer = await agent.call('read_file', { repository: REPOSITORY, path })
    expect(answer.content.path === path, path)
    return answer
  }
  const grep = async (agent: Agent): Promise<Answer> => {
    const { name, path } = one(functions)
    const answer = await agent.call('grep_code', { pattern: `\\b${name}\\b`, path: path.replace(/[^/]+$/, '*') })
    const { degraded } = answer.content
    if (typeof degraded === 'string') throw new Busy(degraded)
    expect(
      matchesIn(answer).some((match) => match.path === path),
      `${name} in ${path}`,
    )
    return answer
  }
  const kinds = [byWords, byWords, byWords, byWords, byName, byName, byName, read, read, grep]
  return { ask: (agent: Agent) => one(kinds)(agent) }
}

/** Returns the growth of the server's resident memory between two moments, in percent, from medians of ten samples. */
async function memoryFrom(server: Server, from: number, until: number): Promise<number> {
  const samples: number[] = []
  await delay(from - performance.now())
  while (performance.now() < until) {
    samples.push(server.residentMb())
    await delay(SAMPLE_MS)
  }
  const first = quantile(samples.slice(0, 10), 0.5)
  return 100 * (quantile(samples.slice(-10), 0.5) / first - 1)
}
