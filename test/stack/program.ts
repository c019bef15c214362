import { Command, CommanderError } from 'commander'
import { type Asked, askedOf, given, type StackOptions, stackOptions } from '../../infra/cli/arguments.ts'
import { makeTools } from '../../infra/cli/tools.ts'
import { type TestOptions, test } from './run.ts'
import { makeTestTools } from './tools.ts'

interface Given extends StackOptions {
  readonly command?: string
  readonly name?: string
  readonly keep?: boolean
  readonly remove?: boolean
}

type Work = (asked: Asked, options: TestOptions) => Promise<number>

const workIn =
  (root: string): Work =>
  (asked, options) =>
    test(asked, makeTestTools(makeTools(root, asked)), options)

/**
 * Runs the command and returns the exit code. Accepts every stack option but --stack, because --name identifies a test
 * stack.
 */
export async function runTestStack(root: string, words: readonly string[], work = workIn(root)): Promise<number> {
  let exitCode = 0
  const program = new Command('npm run test:stack')
    .exitOverride()
    .usage('-- [options] [-- command...]')
    .description(
      'Bring up a separate stack, run the acceptance tests against it, and remove it with its data, also after a failure or Ctrl-C',
    )
  for (const option of stackOptions().filter(({ long }) => long !== '--stack')) program.addOption(option)
  program
    .argument(
      '[command...]',
      'command to run instead of the tests, without a shell, with SERVER_URL, MCP_URL and DATABASE_URL in its environment',
    )
    .option('--command <text>', 'command to run in a shell instead, such as "npm run bench && ./more-tests"', given)
    .option('--name <name>', 'name of the stack; to run several at once, also set their ports with --config', given)
    .option('--keep', 'keep the stack for inspection')
    .option('--remove', 'only remove what --keep or a killed run has left')
    .addHelpText('after', HELP)
    .action(async (rest: readonly string[], options: Given) => {
      if (options.command !== undefined && rest.length > 0) {
        program.error('error: give either --command or a command after "--", not both')
      }
      const command = options.command === undefined ? rest : ['sh', '-c', options.command]
      exitCode = await work(askedOf({ ...options, stack: 'test' }), { ...options, command })
    })
  try {
    await program.parseAsync(words, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    throw error
  }
}

const HELP = `
Pulumi.test.yaml holds the settings. Exits with 0 if up, tests and destroy succeed, else with the first failure's code.

  npm run test:stack -- --config ollama.enabled=false              without Ollama: faster, uses only the model in the package
  npm run test:stack -- --name codebase-mcp-test-2 --config server.port=18100 --config postgres.port=15532
  npm run test:stack -- -- vitest run test/mine.test.ts
`
