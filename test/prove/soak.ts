import { setTimeout as delay } from 'node:timers/promises'
import { TOKEN_MEMORY_BYTES } from '../../service/lexical/terms.ts'
import { GREP_CACHE_BYTES } from '../../service/search/grep/grep.ts'
import { INDEX_CACHE_BYTES } from '../../service/search/index-reader.ts'
import { PLACE_CACHE_BYTES } from '../../service/search/places.ts'
import { MIB } from '../../service/units.ts'
import { seededRandom } from '../bench/random.ts'
import { type Agent, Busy, makeAgent } from './agent.ts'
import type { Corpus, CorpusSize } from './corpus.ts'
import { Errors } from './errors.ts'
import { REPOSITORY, served } from './load.ts'
import { defineRow, type Form } from './row.ts'

const AGENTS = 4
/** Words per question, enough that some of them are probably new. */
const WORDS = 12
interface Soak {
  readonly corpus: CorpusSize
  /** The agents fill the caches for at least this long, and with at least this many questions. */
  readonly warmUpSeconds: number
  readonly warmUpQuestions: number
  /** How long they ask after that. */
  readonly seconds: number
  /** Number of questions before an agent repeats them. Undefined for no limit. */
  readonly most?: number
}

const FORMS: Readonly<Record<Form, Soak>> = {
  full: { corpus: { files: 2000, functions: 10 }, warmUpSeconds: 300, warmUpQuestions: 8000, seconds: 1500 },
  // Too short to fill the caches, so the questions repeat and must not add to them.
  short: { corpus: { files: 100, functions: 10 }, warmUpSeconds: 8, warmUpQuestions: 0, seconds: 6, most: 20 },
}
const MOST_GROWTH_PERCENT = 10
/** Memory of a server that has not been asked anything, with the model of the package and the vectors of the corpus. */
const IDLE_MB = 96
const BOUND_MB = (INDEX_CACHE_BYTES + PLACE_CACHE_BYTES + GREP_CACHE_BYTES + TOKEN_MEMORY_BYTES) / MIB + IDLE_MB
const NOISE_MB = 4

/** M1: whether the memory that a server uses for questions is bounded. */
export const soak = defineRow({
  row: 'M1',
  about:
    'four agents ask different questions for 30 minutes; the live heap after a forced collection, once they have asked for five minutes and 8,000 questions, and at the end',
  goal: `grows by less than ${MOST_GROWTH_PERCENT} %, never above ${BOUND_MB} MB`,
  needsPostgres: true,
  run: async (context, form) => {
    const { corpus: size, warmUpSeconds, warmUpQuestions, seconds, most } = FORMS[form]
    const { server, corpus } = await served(context, size, true)
    const { debugger: inside } = server
    if (inside === undefined) throw new Error('The server is not debugged')
    const errors = new Errors()
    let questions = 0
    let isOver = false
    const asking = Array.from({ length: AGENTS }, async (_, at) => {
      const agent = makeAgent(server.url)
      const ask = makeQuestions(corpus, at + 1, most)
      while (!isOver) {
        await ask(agent).then(
          () => questions++,
          (error) => error instanceof Busy || errors.add(error),
        )
      }
      agent.close()
    })
    await delay(1000 * warmUpSeconds)
    while (questions < warmUpQuestions) await delay(1000)
    const early = await inside.heap()
    await delay(1000 * seconds)
    isOver = true
    await Promise.all(asking)
    const late = await inside.heap()
    return {
      questions,
      errors: errors.count,
      earlyHeapMb: early.liveMb,
      lateHeapMb: late.liveMb,
      earlyBuffersMb: early.buffersMb,
      lateBuffersMb: late.buffersMb,
    }
  },
  holds: ({ questions, errors, earlyHeapMb, lateHeapMb, earlyBuffersMb, lateBuffersMb }) => {
    const [early, late] = [earlyHeapMb + earlyBuffersMb, lateHeapMb + lateBuffersMb]
    const grows = late - early > Math.max(NOISE_MB, (early * MOST_GROWTH_PERCENT) / 100)
    return questions > 0 && errors === 0 && !grows && late <= BOUND_MB
  },
})

/** Returns a function that asks for something new each time, or repeats after `most` questions. */
function makeQuestions({ words, functions }: Corpus, seed: number, most?: number): (agent: Agent) => Promise<unknown> {
  let random = seededRandom(seed)
  let asked = 0
  const one = <Item>(of: readonly Item[]) => of[Math.floor(random() * of.length)] as Item
  const word = () => one(words)
  const number = () => Math.floor(random() * 2 ** 31)
  const several = (count: number) => Array.from({ length: count }, word)
  const kinds: ((agent: Agent) => Promise<unknown>)[] = [
    (agent) => agent.call('search_code', { query: several(WORDS).join(' ') }),
    (agent) => agent.call('search_code', { query: `${word()}_${word()}${number()} ${one(functions).name}` }),
    // Each pattern leads to a list of its own, which holds nearly all files.
    (agent) => agent.call('search_code', { query: word(), path: `!src/${word()}/${word()}${number()}*` }),
    (agent) => agent.call('grep_code', { pattern: `${word()}.{0,9}${word()}|${number()}`, limit: 5 }),
    (agent) => agent.call('find_symbol', { name: one(functions).name.slice(0, -1), limit: 1 + (number() % 50) }),
    (agent) => agent.call('list_files', { repository: REPOSITORY, path: `src/${word()}/**/*${number() % 10}*` }),
    (agent) => {
      const startLine = 1 + (number() % 99)
      return agent.call('read_file', { repository: REPOSITORY, path: one(functions).path, start_line: startLine })
    },
  ]
  return (agent) => {
    if (asked++ === most) {
      random = seededRandom(seed)
      asked = 1
    }
    return one(kinds)(agent)
  }
}
