import { expect, test } from 'vitest'
import { untilSettled } from '../../../service/search/until-settled.ts'

test('what was replaced while it was read is read again', async () => {
  const answers = [undefined, undefined, 'settled']
  expect(await untilSettled(async () => answers.shift())).toBe('settled')
})

test('what never settles is a fault that may be tried again', async () => {
  await expect(untilSettled(() => Promise.resolve(undefined))).rejects.toMatchObject({ code: 'overloaded' })
})
