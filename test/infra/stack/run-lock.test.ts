import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { holdLock } from '../../stack/run-lock.ts'

const folder = temporaryFolders()

test('a second run cannot have the lock, and learns who holds it and how to run beside it', async () => {
  const place = folder()
  const release = await holdLock('my-test', place)
  await expect(holdLock('my-test', place)).rejects.toThrow(
    `The test stack my-test is in use by process ${process.pid}: wait for it, or run another beside it with --name my-test-2`,
  )
  await release()
})

test('a released lock is free and leaves nothing', async () => {
  const place = folder()
  await (await holdLock('my-test', place))()
  expect(existsSync(join(place, 'my-test.lock'))).toBe(false)
  await (await holdLock('my-test', place))()
})

test('stacks of two names do not block each other', async () => {
  const place = folder()
  const releases = [await holdLock('one-test', place), await holdLock('two-test', place)]
  expect(readdirSync(place).toSorted()).toEqual(['one-test.lock', 'two-test.lock'])
  for (const release of releases) await release()
})

test('the lock of a killed run is taken over', async () => {
  const place = folder()
  const module = new URL('../../stack/run-lock.ts', import.meta.url).href
  const script = `const { holdLock } = await import(${JSON.stringify(module)})
    await holdLock('my-test', ${JSON.stringify(place)})
    process.kill(process.pid, 'SIGKILL')`
  expect(spawnSync(process.execPath, ['--input-type=module', '--eval', script]).signal).toBe('SIGKILL')
  expect(existsSync(join(place, 'my-test.lock'))).toBe(true)
  await (await holdLock('my-test', place))()
})
