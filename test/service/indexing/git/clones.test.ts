import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Clone, Clones } from '../../../../service/indexing/git/clones.ts'
import { DAY } from '../../../../service/units.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const TAKER = join(import.meta.dirname, 'clone-taker.ts')
const DAYS_AGO = (days: number) => new Date(Date.now() - days * DAY)

/** Creates a clone of this size that was last used some days ago. */
async function keep(clones: Clones, url: string, bytes: number, daysAgo: number): Promise<string> {
  const clone = await clones.take(url)
  fill(clone, bytes)
  await clone.giveBack()
  const path = clone.path.slice(0, clone.path.lastIndexOf('.'))
  utimesSync(path, DAYS_AGO(daysAgo), DAYS_AGO(daysAgo))
  return path
}

function fill({ path }: Clone, bytes: number): void {
  mkdirSync(join(path, 'objects', 'pack'), { recursive: true })
  writeFileSync(join(path, 'objects', 'pack', 'x.pack'), Buffer.alloc(bytes))
}

test('the least recently used clones are deleted to make room, but never those in use', async () => {
  const clones = new Clones({ folder: join(temporaryFolder(), 'clones'), maxBytes: 1000 })
  const old = await keep(clones, 'old', 600, 3)
  const newer = await keep(clones, 'newer', 300, 2)
  const held = await clones.take('held')
  fill(held, 300)
  const next = await clones.take('next')
  expect([old, newer, held.path, next.path].map((path) => existsSync(path))).toEqual([false, true, true, true])
})

test('a clone that nobody has used for a week is deleted, even if there is room', async () => {
  const clones = new Clones({ folder: join(temporaryFolder(), 'clones'), maxBytes: 1e9 })
  const old = await keep(clones, 'old', 1, 8)
  await (await clones.take('next')).giveBack()
  expect(existsSync(old)).toBe(false)
})

test('a clone is kept for the next user', async () => {
  const clones = new Clones({ folder: join(temporaryFolder(), 'clones'), maxBytes: 1e9 })
  const path = await keep(clones, 'one', 5, 0)
  const again = await clones.take('one')
  expect(existsSync(path)).toBe(false)
  expect(readdirSync(join(again.path, 'objects', 'pack'))).toEqual(['x.pack'])
})

test('a clone whose holder has ended is taken again, even if the clock was set back since', async () => {
  const folder = join(temporaryFolder(), 'clones')
  const ended = new Clones({ folder, maxBytes: 1e9 })
  const [lost, held] = [await ended.take('one'), await ended.take('two')]
  fill(lost, 5)
  utimesSync(lost.path, DAYS_AGO(-1), DAYS_AGO(-1))
  const clones = new Clones({ folder, maxBytes: 1e9 })
  const again = await clones.take('one')
  await clones.take('two')
  expect([lost, held].map(({ path }) => existsSync(path))).toEqual([false, true])
  expect(readdirSync(join(again.path, 'objects', 'pack'))).toEqual(['x.pack'])
})

test('a folder that is not a clone stays', async () => {
  const folder = temporaryFolder({ 'mine/objects/pack/x.pack': 'x'.repeat(100) })
  const clones = new Clones({ folder, maxBytes: 1 })
  await clones.take('next')
  expect(readdirSync(folder)).toContain('mine')
})

test('a clone that is in use makes others wait', async () => {
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
  await (await second).giveBack()
  expect(order).toEqual(['first gives back', 'second'])
})

describe('clones in a shared folder', () => {
  const settings = () => ({ folder: join(temporaryFolder(), 'clones'), maxBytes: 1000 })

  test('are not deleted while another process uses them, whatever their size', async () => {
    const shared = settings()
    const held = await new Clones(shared).take('large')
    fill(held, 5000)
    await (await new Clones(shared).take('other')).giveBack()
    expect(existsSync(join(held.path, 'objects', 'pack', 'x.pack'))).toBe(true)
  })

  test('are fetched twice if two processes want the same one at once, and one is kept', async () => {
    const shared = settings()
    const [one, other] = [await new Clones(shared).take('same'), await new Clones(shared).take('same')]
    for (const each of [one, other]) fill(each, 10)
    expect(one.path).not.toBe(other.path)
    await one.giveBack()
    await other.giveBack()
    expect(readdirSync(shared.folder)).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)])
  })

  test('are used again once their holder has been dead for a while', async () => {
    const shared = settings()
    const killed = await new Clones(shared).take('one')
    fill(killed, 10)
    const soon = await new Clones(shared).take('one')
    expect(readdirSync(soon.path)).toEqual([])
    utimesSync(killed.path, DAYS_AGO(1), DAYS_AGO(1))
    const later = await new Clones(shared).take('one')
    expect(readdirSync(later.path)).toEqual(['objects'])
    expect(existsSync(killed.path)).toBe(false)
  })

  test('are deleted completely by others if a process was killed halfway', async () => {
    const shared = settings()
    const half = `${'0'.repeat(32)}.${randomUUID()}.deleted`
    mkdirSync(join(shared.folder, half, 'objects'), { recursive: true })
    await new Clones(shared).take('one')
    expect(readdirSync(shared.folder)).not.toContain(half)
  })

  test('are complete for their holders while three processes take and delete them', async () => {
    const { folder } = settings()
    const ends = await Promise.all([1, 2, 3].map(() => once(fork(TAKER, [folder], { stdio: 'inherit' }), 'exit')))
    expect(ends.map(([code]) => code)).toEqual([0, 0, 0])
  })
})
