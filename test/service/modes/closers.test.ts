import { describe, expect, test } from 'vitest'
import type { Log } from '../../../service/log.ts'
import { Closers, closeAfter } from '../../../service/modes/closers.ts'
import { SILENT } from '../tools/fake-domain.ts'

describe('closers', () => {
  test('close in reverse order, one after the other', async () => {
    const closed: string[] = []
    await closeAfter(SILENT, 1000, async (closers) => {
      for (const name of ['database', 'worker', 'http']) {
        closers.push(name, async () => {
          await Promise.resolve()
          closed.push(name)
        })
      }
    })
    expect(closed).toEqual(['http', 'worker', 'database'])
  })

  test('close what is open if the work fails, and rethrow the fault', async () => {
    let closed = false
    const work = closeAfter(SILENT, 1000, async (closers) => {
      closers.push('database', async () => (closed = true))
      throw new Error('failed')
    })
    await expect(work).rejects.toThrow('failed')
    expect(closed).toBe(true)
  })

  test('continue after a part that cannot be closed, and report it', async () => {
    const reported: object[] = []
    const log: Log = { ...SILENT, error: ((line: object) => reported.push(line)) as Log['error'] }
    const closed: string[] = []
    const closers = new Closers(log)
    closers.push('database', async () => closed.push('database'))
    closers.push('http', () => Promise.reject(new Error('stuck')))
    await closers.close(1000)
    expect(closed).toEqual(['database'])
    expect(reported).toMatchObject([{ part: 'http', error: { message: 'stuck' } }])
  })

  test('tell a part shortly before the deadline that its time is up', async () => {
    const closers = new Closers(SILENT)
    let told = false
    closers.push('http', (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve)))
    closers.push('witness', async (signal) => signal.addEventListener('abort', () => (told = true)))
    await closers.close(50)
    expect(told).toBe(true)
  })

  test('report that closing begins before anything is closed', async () => {
    const told: string[] = []
    const closers = new Closers(SILENT)
    closers.onClosing(() => told.push('begins'))
    closers.push('worker', async () => told.push('worker'))
    await closers.close(1000)
    expect(told).toEqual(['begins', 'worker'])
  })

  test('close what is opened while they close', async () => {
    const closers = new Closers(SILENT)
    let closed = false
    closers.push('first', async () => closers.push('late', async () => (closed = true)))
    await closers.close(1000)
    expect(closed).toBe(true)
  })

  test('close nothing twice, even if something is opened while they wait for a part', async () => {
    const closed: string[] = []
    const closers = new Closers(SILENT)
    const slow = Promise.withResolvers<void>()
    closers.push('database', async () => {
      closed.push('database')
      await slow.promise
    })
    const closing = closers.close(1000)
    closers.push('worker', async () => closed.push('worker'))
    slow.resolve()
    await closing
    expect(closed).toEqual(['database', 'worker'])
  })
})
