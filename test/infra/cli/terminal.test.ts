import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const module = (path: string) => JSON.stringify(new URL(`../../../infra/${path}`, import.meta.url).href)

/** Runs a program that listens for interruptions in a process group of its own. */
function listening(work: string) {
  const script = `const { makeTerminal } = await import(${module('cli/terminal.ts')})
    const { runHere } = await import(${module('processes.ts')})
    const { signal, over } = makeTerminal().interruption()
    ${work}`
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
}

const CHILD = JSON.stringify(`
  let interrupts = 0
  process.on('SIGINT', () => { interrupts++; setTimeout(() => { console.log('interrupts', interrupts); process.exit(3) }, 200) })
  console.log('child is ready')
  setInterval(() => {}, 1000)`)

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s, sent twice to the process group, reaches the child once, and the command continues',
  async (name) => {
    const program = listening(`
      const exitCode = await runHere(process.execPath, ['--eval', ${CHILD}], { signal })
      over()
      console.log('ended with', exitCode, signal.aborted)`)
    const output = text(program.stdout)
    await once(program.stdout, 'data')
    process.kill(-(program.pid ?? 0), name)
    process.kill(-(program.pid ?? 0), name)
    const [exitCode] = await once(program, 'close')
    expect(await output).toContain('interrupts 1\nended with 3 true')
    expect(exitCode).toBe(0)
  },
)

test('a signal ends the process again once the interruption is over', async () => {
  const program = listening(`over(); console.log('ready'); setInterval(() => {}, 1000)`)
  await once(program.stdout, 'data')
  program.kill('SIGTERM')
  expect(await once(program, 'close')).toEqual([null, 'SIGTERM'])
})
