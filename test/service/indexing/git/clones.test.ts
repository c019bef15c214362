import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Clone, Clones } from '../../../../service/indexing/git/clones.ts'
import { DAY } from '../../../../service/units.ts'
import { temporaryFolder } from '../temporary-folder.ts'

function fill({ path }: Clone, bytes: number, daysAgo: number): void {
  mkdirSync(join(path, 'objects', 'pack'), { recursive: true })
  writeFileSync(join(path, 'objects', 'pack', 'x.pack'), Buffer.alloc(bytes))
  const then = new Date(Date.now() - daysAgo * DAY)
  utimesSync(path, then, then)
}

test('clones that were used longest ago make room, and those in use never', async () => {
  const clones = new Clones({ folder: join(temporaryFolder(), 'clones'), maxBytes: 1000 })
  const old = await clones.take('old')
  fill(old, 600, 3)
  await old.giveBack()
  const newer = await clones.take('newer')
  fill(newer, 300, 2)
  await newer.giveBack()
  const held = await clones.take('held')
  fill(held, 300, 4)
  const next = await clones.take('next')
  expect([old, newer, held, next].map(({ path }) => existsSync(path))).toEqual([false, true, true, true])
})

test('a clone that nobody has used for a week is deleted, however much room there is', async () => {
  const clones = new Clones({ folder: join(temporaryFolder(), 'clones'), maxBytes: 1e9 })
  const old = await clones.take('old')
  fill(old, 1, 8)
  await old.giveBack()
  await (await clones.take('next')).giveBack()
  expect(existsSync(old.path)).toBe(false)
})

test('what is no clone stays', async () => {
  const folder = temporaryFolder({ 'mine/objects/pack/x.pack': 'x'.repeat(100) })
  const clones = new Clones({ folder, maxBytes: 1 })
  await clones.take('next')
  expect(readdirSync(folder)).toContain('mine')
})

test('whoever wants a clone that another has waits for it', async () => {
  const clones = new Clones({ folder: join(temporaryFolder(), 'clones'), maxBytes: 1000 })
  const first = await clones.take('one')
  const order: string[] = []
  const second = clones.take('one').then((clone) => {
    order.push('second')
    return clone
  })
  await clones.take('other')
  order.push('first gives back')
  await first.giveBack()
  expect((await second).path).toBe(first.path)
  expect(order).toEqual(['first gives back', 'second'])
})
