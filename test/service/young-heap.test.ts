import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { MIB } from '../../service/units.ts'

const MODULE = fileURLToPath(new URL('../../service/young-heap.ts', import.meta.url))

/** Keeps many young objects for a while, and prints the memory for them in bytes: above 32 MiB without a limit. */
const SCRIPT = `
  import { setImmediate } from 'node:timers/promises'
  import { getHeapSpaceStatistics } from 'node:v8'
  import { limitYoungHeap } from ${JSON.stringify(MODULE)}
  limitYoungHeap()
  let kept = []
  for (let at = 0; at < 1e6; at++) {
    kept.push({ at, list: [at] })
    if (kept.length > 4e5) kept = []
    if (at % 2e4 === 0) await setImmediate()
  }
  console.log(getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size)`

test('The main thread keeps little memory for young objects, which V8 would let grow', () => {
  const bytes = Number(execFileSync(process.execPath, ['--input-type=module', '--eval', SCRIPT]))
  expect(bytes / MIB).toBeLessThan(20)
}, 60_000)
