import { expect, test } from 'vitest'
import { untilSettled } from '../../../service/search/until-settled.ts'

test('data that was replaced while it was read is read again', async () => {
  const answers = [undefined, undefined, 'settled']
  expect(await untilSettled(async () => answers.shift())).toBe('settled')
})

test('data that never settles is a retryable fault', async () => {
  await expect(untilSettled(() => Promise.resolve(undefined))).rejects.toMatchObject({ code: 'overloaded' })
})
