import { expect, test } from 'vitest'
import { givingWay, Questions } from '../../../service/threads/right-of-way.ts'

/** A clock that stands still except while somebody pauses. */
function fakeClock() {
  let now = 0
  return {
    now: () => now,
    pause: async (ms: number) => {
      now += ms
    },
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('a step begins at once while no question is being answered', async () => {
  const clock = fakeClock()
  await givingWay(new Questions().memory, clock)()
  expect(clock.now()).toBe(0)
})

test('a step waits until all questions are answered, including those that fail', async () => {
  const questions = new Questions()
  const turn = givingWay(questions.memory, { now: () => 0, pause: () => new Promise(setImmediate) })
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
  const answers = Promise.allSettled([questions.during(() => first.promise), questions.during(() => second.promise)])
  const order: string[] = []
  const step = turn().then(() => order.push('step'))
  await new Promise(setImmediate)
  order.push('answer')
  first.resolve('found')
  await new Promise(setImmediate)
  order.push('failure')
  second.reject(new Error('not found'))
  await step
  expect(order).toEqual(['answer', 'failure', 'step'])
  expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
})

test('a question that fails before it returns a promise is not counted for ever', async () => {
  const questions = new Questions()
  const failing = questions.during(() => {
    throw new Error('a bad argument')
  })
  await expect(failing).rejects.toThrow('a bad argument')
  const clock = fakeClock()
  await givingWay(questions.memory, clock)()
  expect(clock.now()).toBe(0)
})

test.each([1, 5, 20])('questions without end leave steps of %i ms a third of the time', async (stepMs) => {
  const questions = new Questions()
  void questions.during(() => new Promise(() => {}))
  const clock = fakeClock()
  const turn = givingWay(questions.memory, clock)
  let worked = 0
  while (clock.now() < 30_000) {
    await turn()
    clock.pass(stepMs)
    worked += stepMs
  }
  expect(worked / clock.now()).toBeGreaterThan(0.3)
  expect(worked / clock.now()).toBeLessThan(0.45)
})

test('steps at the same time begin in the same part of the time', async () => {
  const questions = new Questions()
  void questions.during(() => new Promise(() => {}))
  const clock = fakeClock()
  const turn = givingWay(questions.memory, clock)
  await Promise.all([turn(), turn(), turn()])
  const begun = clock.now()
  await turn()
  expect(clock.now()).toBe(begun)
})

test('a pause between questions ends the wait, and later questions are waited for as long as the first ones', async () => {
  const questions = new Questions()
  const first = Promise.withResolvers<void>()
  const answered = questions.during(() => first.promise)
  const clock = fakeClock()
  const pause = async (ms: number) => {
    await clock.pause(ms)
    if (clock.now() !== 80) return
    first.resolve()
    await answered
  }
  const turn = givingWay(questions.memory, { now: clock.now, pause })
  await turn()
  expect(clock.now()).toBe(80)
  void questions.during(() => new Promise(() => {}))
  await turn()
  expect(clock.now()).toBe(180)
})
