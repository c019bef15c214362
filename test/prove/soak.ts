import { setTimeout as delay } from 'node:timers/promises'
import { GREP_CACHE_BYTES } from '../../service/search/grep/grep.ts'
import { INDEX_CACHE_BYTES } from '../../service/search/index-reader.ts'
import { PLACE_CACHE_BYTES } from '../../service/search/places.ts'
import { MIB } from '../../service/units.ts'
import { makeAgent } from './agent.ts'
import { Errors } from './errors.ts'
import { makeQuestions, served } from './load.ts'
import { defineRow } from './row.ts'

const AGENTS = 4
const THINKING_MS = 200
const FORMS = {
  full: { corpus: { files: 2000, functions: 10 }, warmUpSeconds: 300, seconds: 1800 },
  short: { corpus: { files: 100, functions: 10 }, warmUpSeconds: 8, seconds: 20 },
}
const MOST_GROWTH_PERCENT = 10
/** Of a server that has been asked nothing yet, with the model of the package and the vectors of the corpus. */
const IDLE_MB = 96
const BOUND_MB = (INDEX_CACHE_BYTES + PLACE_CACHE_BYTES + GREP_CACHE_BYTES) / MIB + IDLE_MB
const NOISE_MB = 4

/** M1: whether what a server keeps for questions has a bound. */
export const soak = defineRow({
  row: 'M1',
  about:
    'four agents ask different questions for 30 minutes; the live heap after a forced collection, five minutes after the start and at the end',
  goal: `grows by less than ${MOST_GROWTH_PERCENT} %, never above ${BOUND_MB} MB`,
  needsPostgres: true,
  run: async (context, form) => {
    const { corpus: size, warmUpSeconds, seconds } = FORMS[form]
    const { server, corpus } = await served(context, size, true)
    const { debugger: inside } = server
    if (inside === undefined) throw new Error('The server is not debugged')
    const errors = new Errors()
    const until = performance.now() + 1000 * seconds
    let questions = 0
    const asking = Array.from({ length: AGENTS }, async (_, at) => {
      const agent = makeAgent(server.url)
      const { ask } = makeQuestions(corpus, at + 1)
      while (performance.now() < until) {
        await ask(agent).catch((error) => errors.add(error))
        questions++
        await delay(THINKING_MS)
      }
      agent.close()
    })
    await delay(1000 * warmUpSeconds)
    const early = await inside.heap()
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
