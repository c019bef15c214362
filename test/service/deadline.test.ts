import { describe, expect, test } from 'vitest'
import { inTime, untilUnwanted, whileWanted } from '../../service/deadline.ts'

const never = new Promise<never>(() => {})

describe('Work with a deadline', () => {
  test('returns its result', async () => {
    expect(await inTime(1000, async () => 7)).toBe(7)
  })

  test('ends at its deadline, together with everything that it has started', async () => {
    let signal: AbortSignal | undefined
    const late = inTime(10, () => {
      signal = untilUnwanted()
      return never
    })
    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded', message: 'No answer within 0.01 s' })
    expect(signal?.aborted).toBe(true)
  })

  test('ends if the caller disconnects, which is not a fault', async () => {
    const caller = new AbortController()
    const asked = inTime(1000, () => never, caller.signal)
    caller.abort()
    await expect(asked).rejects.toMatchObject({ code: 'cancelled', status: 499 })
  })

  test('is not ended by the deadline of other work', async () => {
    const seen: unknown[] = []
    await inTime(1000, async () => {
      await whileWanted(undefined, async () => {
        seen.push(untilUnwanted())
      })
      seen.push(untilUnwanted() instanceof AbortSignal)
    })
    expect(seen).toEqual([undefined, true])
    expect(untilUnwanted()).toBeUndefined()
  })
})
