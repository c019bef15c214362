import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import { createAnalyser } from '../../../service/indexing/analyser/analyser.ts'
import { Thread, ThreadDied } from '../../../service/threads/thread.ts'
import { temporaryFolder } from '../indexing/temporary-folder.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('an answer can be freed although its thread continues', async () => {
  const root = temporaryFolder({ 'a.ts': 'export const a = 1\n' })
  const analyser = createAnalyser({ threads: 1 })
  onTestFinished(() => analyser.close())
  const batch = { root, maxFileBytes: 1000, files: [{ path: 'a.ts', stamp: 'walked', bytes: 1 }] }
  const answers: WeakRef<object>[] = []
  for (let at = 0; at < 3; at++) answers.push(new WeakRef((await analyser.analyse(batch)).files[0] as object))
  await expect
    .poll(() => {
      collect()
      return answers.filter((answer) => answer.deref() !== undefined).length
    })
    .toBe(0)
})

test.each([
  ['an error of the third step', "throw new Error('broken')", { message: 'broken', stepsDone: 2 }],
  ['memory that ran out', 'for (const all = [];;) all.push(new Array(1e5).fill(0.5))', { stepsDone: undefined }],
])('a thread that dies by %s reports how many steps were done, if known', async (_, end, death) => {
  const script = `import { parentPort } from 'node:worker_threads'
parentPort.on('message', () => {
  parentPort.postMessage({ step: true })
  parentPort.postMessage({ step: true })
  ${end}
})
parentPort.postMessage({ ready: true })`
  const folder = temporaryFolder({ 'script.mjs': script })
  const thread = new Thread({ script: pathToFileURL(join(folder, 'script.mjs')), purpose: 'counts', heapMb: 32 })
  onTestFinished(() => thread.stop())
  const dead = await thread.run({}, { limitMs: 60_000 }).catch((error: unknown) => error)
  expect(dead).toMatchObject(death)
})

/** Returns a thread that runs this code as its task and reports when the task begins. */
function threadThatRuns(code: string) {
  const script = `import { parentPort } from 'node:worker_threads'
parentPort.on('message', async () => {
  const { user, system } = process.threadCpuUsage()
  parentPort.postMessage({ begun: true, usedMs: (user + system) / 1000 })
  ${code}
  parentPort.postMessage({ answer: 'done' })
})
parentPort.postMessage({ ready: true })`
  const folder = temporaryFolder({ 'script.mjs': script })
  const thread = new Thread({ script: pathToFileURL(join(folder, 'script.mjs')), purpose: 'counts', heapMb: 32 })
  onTestFinished(() => thread.stop())
  return thread
}

test('a waiting thread uses none of its processor time limit', async () => {
  const thread = threadThatRuns('await new Promise((resolve) => setTimeout(resolve, 300))')
  expect(await thread.run({}, { limitMs: 60, clockMs: 60_000 })).toBe('done')
})

test.each([
  ['that computes', 'for (;;);', { limitMs: 60, clockMs: 60_000 }, 'It took longer than 60 ms of a processor'],
  [
    'that matches for ever',
    "const found = /^(a+)+$/.test('a'.repeat(60) + 'b')",
    { limitMs: 60, clockMs: 60_000 },
    'of a processor',
  ],
  ['that waits for ever', 'await new Promise(() => {})', { limitMs: 60, clockMs: 300 }, 'It took longer than 300 ms'],
])('a thread %s ends', async (_, code, limit, message) => {
  const dead = await threadThatRuns(code)
    .run({}, limit)
    .catch((error: unknown) => error)
  expect(dead).toBeInstanceOf(ThreadDied)
  expect((dead as Error).message).toContain(message)
})

test('a thread that is ended by the clock reports whether others had the processor', async () => {
  const limit = { limitMs: 2000, clockMs: 300 }
  const waiting = threadThatRuns('await new Promise(() => {})').run({}, limit)
  await expect(waiting).rejects.toMatchObject({ wasHeldUp: true })
})

test('a task that has not begun has used nothing of what its thread has used before', async () => {
  const busyFor = (ms: number) => `for (const end = performance.now() + ${ms}; performance.now() < end; );`
  const thread = threadThatRuns(`${busyFor(150)} setTimeout(() => { ${busyFor(1500)} })`)
  await thread.run({}, { limitMs: 60_000 })
  await delay(50)
  await expect(thread.run({}, { limitMs: 100 })).rejects.toMatchObject({ wasHeldUp: true })
})

test('a thread that cannot even report its processor time counts as held up by others', async () => {
  const blocked = threadThatRuns('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000)')
  await expect(blocked.run({}, { limitMs: 60, clockMs: 60 })).rejects.toMatchObject({ wasHeldUp: true })
})
