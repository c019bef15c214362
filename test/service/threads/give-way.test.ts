import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'

const GIVE_WAY = new URL('../../../service/threads/give-way.ts', import.meta.url).href

test.runIf(process.platform === 'linux')(
  'a thread that gives way has a lower priority, and the process has not',
  async () => {
    const before = getPriority()
    const worker = new Worker(
      `import(${JSON.stringify(GIVE_WAY)}).then(({ giveWay }) => {
      const has = giveWay()
      require('node:worker_threads').parentPort.postMessage([has, require('node:os').getPriority()])
    })`,
      { eval: true, execArgv: [] },
    )
    const told = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    await worker.terminate()
    expect(told).toEqual([true, Math.min(19, before + 3)])
    expect(getPriority()).toBe(before)
  },
)
