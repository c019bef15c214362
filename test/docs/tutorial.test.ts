import { execFileSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { temporaryFolders } from '../fakes/temporary-folders.ts'
import { type Program, runProgram, startProgram } from '../service/modes/run-program.ts'
import { ROOT, textOf } from './markdown.ts'

const temporaryFolder = temporaryFolders()
const PROGRAM = 'npx codebase-mcp '
const BLOCK = /^```(sh|text)\n([\s\S]*?)^```$/gm

interface Step {
  readonly command: string
  /** Expected output, as the tutorial shows it. */
  readonly printed: readonly string[]
}

/** Returns the commands of the tutorial, each with the output that follows it. */
function stepsOf(text: string): Step[] {
  const steps: { command: string; printed: string[] }[] = []
  for (const [, kind, code = ''] of text.matchAll(BLOCK)) {
    const lines = code.trimEnd().split('\n')
    if (kind === 'sh') steps.push({ command: lines.join('\n'), printed: [] })
    else steps.at(-1)?.printed.push(...lines)
  }
  return steps
}

/**
 * Removes what differs from run to run: seconds, ports, and how much is indexed when the server reports that it is
 * ready.
 */
const alike = (line: string) =>
  line
    .replace(/[\d.]+ m?s\b/g, 'N s')
    .replace(/(?<=127\.0\.0\.1:)\d+/g, 'PORT')
    .replace(/(?<=can be searched).*/, '')

/** Splits a command into words as a shell does. */
const wordsOf = (command: string) =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

const steps = stepsOf(textOf('docs/tutorial.md'))
const home = temporaryFolder()
const environment = { HOME: home, XDG_DATA_HOME: join(home, '.local', 'share'), PORT: '0' }
let server: Program | undefined
afterAll(() => server?.child.kill('SIGKILL'))

/** Returns the output of a command so far. The first command keeps serving; each other one runs again. */
async function outputOf(command: string): Promise<string> {
  if (!command.startsWith(PROGRAM)) return execFileSync('sh', ['-c', command], { cwd: home, encoding: 'utf8' })
  const words = wordsOf(command.slice(PROGRAM.length))
  if (command !== steps[0]?.command) return (await runProgram(words, environment, home)).stdout
  server ??= startProgram(words, environment, home)
  return server.stdout()
}

test('every command of the tutorial prints what the tutorial says', async () => {
  cpSync(join(ROOT, 'test', 'fixtures', 'shop'), join(home, 'shop'), { recursive: true })
  expect(steps.length).toBeGreaterThan(6)
  for (const { command, printed } of steps) {
    const missing = async () => {
      const output = alike(await outputOf(command))
      const lines = printed.map(alike).filter((line) => !output.includes(line))
      return lines.length === 0 ? [] : [command, ...lines, 'is not in', output]
    }
    await expect.poll(missing, { timeout: 280_000, interval: 200 }).toEqual([])
  }
}, 900_000)
