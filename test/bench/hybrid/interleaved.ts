import { type Times, timesOf } from './times.ts'

/** One of several programs that get the same questions. */
export interface Side {
  readonly name: string
  ask(question: string): Promise<number>
  /** Returns the processor time that it has used so far. */
  cpuMs(): number
}

export interface Asked {
  readonly name: string
  readonly times: Times
  readonly cpuMsAQuestion: number
}

const BATCH = 20

/** Asks every side every question, in batches and alternating order: A B, B A, A B … */
export async function interleaved(sides: readonly Side[], questions: readonly string[]): Promise<Asked[]> {
  const told = sides.map((side) => ({ side, ms: [] as number[], cpuMs: 0 }))
  for (let start = 0, round = 0; start < questions.length; start += BATCH, round++) {
    for (const asked of round % 2 === 0 ? told : told.toReversed()) {
      const before = asked.side.cpuMs()
      for (const question of questions.slice(start, start + BATCH)) asked.ms.push(await asked.side.ask(question))
      asked.cpuMs += asked.side.cpuMs() - before
    }
  }
  return told.map(({ side, ms, cpuMs }) => ({
    name: side.name,
    times: timesOf(ms),
    cpuMsAQuestion: cpuMs / Math.max(1, ms.length),
  }))
}
