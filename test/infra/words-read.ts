import { vi } from 'vitest'
import type { Asked } from '../../infra/cli/arguments.ts'

type Take = (asked: Asked) => Promise<number>

/** Returns what the arguments of a program ask for, the exit code, and the output. */
export async function wordsRead(run: (take: Take) => Promise<number>) {
  let asked: Asked | undefined
  let told = ''
  const write = (text: string | Uint8Array) => {
    told += String(text)
    return true
  }
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(write))
  const exitCode = await run(async (given) => {
    asked = given
    return 0
  }).finally(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return { asked, exitCode, told }
}
