import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolders } from '../fakes/temporary-folders.ts'

const folder = temporaryFolders()
const MODULE = import.meta.resolve('../../service/freed-memory.ts')

/** Frees a large buffer, then many smaller ones with something small after each. Prints by how much its memory grew. */
const SCRIPT = `
  import { returnFreedMemory } from ${JSON.stringify(MODULE)}
  if (process.argv[2] === 'return') returnFreedMemory(process.env)
  const small = []
  // V8 frees buffers in another thread.
  const collected = async () => {
    gc()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const fill = (count, bytes) => {
    const large = []
    for (let at = 0; at < count; at++) {
      large.push(Buffer.allocUnsafeSlow(bytes).fill(1))
      small.push(Buffer.allocUnsafeSlow(5000).fill(1))
    }
  }
  fill(1, 24 * 2 ** 20)
  await collected()
  const before = process.memoryUsage.rss()
  fill(40, 2 ** 20)
  await collected()
  const grownMib = (process.memoryUsage.rss() - before) / 2 ** 20
  const result = { pid: process.pid, args: process.argv.slice(2), limit: process.env.MALLOC_TRIM_THRESHOLD_, grownMib }
  console.log(JSON.stringify(result))
  process.send?.(result)
`

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const file = join(folder(), 'script.mjs')
  writeFileSync(file, SCRIPT)
  const script = 'echo $$; exec "$0" --expose-gc "$@"'
  const env = { PATH: process.env.PATH, ...environment }
  const printed = execFileSync('sh', ['-c', script, process.execPath, file, ...args], { env, encoding: 'utf8' })
  const [pid, result = ''] = printed.split('\n')
  return {
    pid: Number(pid),
    ...(JSON.parse(result) as { args: string[]; limit?: string; grownMib: number }),
    ran: JSON.parse(result).pid,
  }
}

const hasGlibc =
  process.platform === 'linux' && 'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header

test.skipIf(!hasGlibc)(
  'A process that begins again keeps its id and its arguments, and returns the memory it frees',
  () => {
    const { pid, ran, args, grownMib } = run(['return', 'a folder', '--port=1'])
    expect({ ran, args }).toEqual({ ran: pid, args: ['return', 'a folder', '--port=1'] })
    expect(grownMib).toBeLessThan(10)
    expect(run(['keep']).grownMib).toBeGreaterThan(25)
  },
)

test.skipIf(!hasGlibc)('A limit that somebody has set stays as it is', () => {
  expect(run(['return'], { MALLOC_TRIM_THRESHOLD_: '90000000' }).limit).toBe('90000000')
})

test('A process with a channel to its parent does not begin again, and so keeps it', async () => {
  const file = join(folder(), 'script.mjs')
  writeFileSync(file, SCRIPT)
  const child = fork(file, ['return'], {
    env: {},
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const [message] = await once(child, 'message')
  expect(message).toMatchObject({ args: ['return'] })
})
