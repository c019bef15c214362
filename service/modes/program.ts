import { existsSync } from 'node:fs'
import { CommanderError } from 'commander'
import { isGitUrl } from '../git-url.ts'
import { defineModes, MODES } from './definitions.ts'
import type { Environment, SettingOptions, Setup } from './setup.ts'

const OTHER_WORDS = ['help', '--help', '-h', '--version', '-V', '-v']

/** Runs the command that the arguments name, by default `serve`. Returns the exit code. */
export async function runMode(args: readonly string[], environment: Environment): Promise<number> {
  // The reader may have gone, as `head` does when it has enough lines.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const words = withMode(args)
  const [mode = 'serve', of] = words
  if (![...MODES, ...OTHER_WORDS].includes(mode)) return refuseMode(mode, ', and no folder of that name here')
  if (mode === 'help' && of !== undefined && !MODES.some((each) => each === of)) return refuseMode(of)
  let exitCode = 0
  let options: SettingOptions = {}
  const run = <Rest extends unknown[]>(work: (setup: Setup, ...rest: Rest) => Promise<number>) => {
    return async (...rest: Rest) => {
      const { withSetup } = await import('./setup.ts')
      exitCode = await withSetup(mode, environment, options, (setup) => work(setup, ...rest))
    }
  }
  try {
    const program = defineModes(run).hook('preAction', (_, command) => {
      options = command.opts()
    })
    await program.parseAsync(mode === '-v' ? ['--version'] : words, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    throw error
  }
}

/** Says that there is no such mode, and which one may be meant. */
async function refuseMode(mode: string, more = ''): Promise<number> {
  const { closest, distance } = await import('fastest-levenshtein')
  const near = closest(mode, MODES)
  const meant = distance(mode, near) * 2 <= near.length ? `; did you mean ${near}?` : '.'
  const neither = `There is no mode ${JSON.stringify(mode)}${more}`
  process.stderr.write(`${neither}${meant} The modes are: ${MODES.join(', ')}\n`)
  return 1
}

/** Inserts `serve` before folders and its options. */
function withMode(args: readonly string[]): readonly string[] {
  const [first] = args
  if (first === undefined || [...MODES, ...OTHER_WORDS].includes(first)) return first === undefined ? ['serve'] : args
  const isSource = first.startsWith('-') || /[\\/.~]/.test(first) || isGitUrl(first) || existsSync(first)
  return isSource ? ['serve', ...args] : args
}
