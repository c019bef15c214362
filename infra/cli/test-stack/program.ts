import type { Command } from 'commander'
import type { Action, Work } from '../action.ts'
import { given, type StackOptions, stackOptions } from '../arguments.ts'

/** The test stack is known by its name, so it takes every option but --stack. */
export function addTestStack(program: Command, action: Action): void {
  const made = program
    .command('test:stack')
    .usage('-- [options] [-- command...]')
    .description(
      'brings a stack of its own up, runs the acceptance tests against it, and removes it with its data, also after a failure or Ctrl-C',
    )
  for (const option of stackOptions().filter(({ long }) => long !== '--stack')) made.addOption(option)
  made
    .argument(
      '[command...]',
      'runs instead of the tests, with SERVER_URL, MCP_URL and DATABASE_URL in its environment; a shell is not asked',
    )
    .option('--command <text>', 'the same for a shell: --command "npm run bench && ./more-tests"', given)
    .option('--name <name>', 'of this stack, where several run at once; with --config for their ports', given)
    .option('--keep', 'leaves the stack as it is, for a look')
    .option('--remove', 'removes what --keep or a killed run has left, and does nothing else')
    .addHelpText('after', TEST_STACK_HELP)
    .action((words: string[], options: StackOptions & TestStackOptions) => {
      if (options.command !== undefined && words.length > 0) {
        made.error('error: give either --command or a command after "--", not both')
      }
      const command = options.command === undefined ? words : ['sh', '-c', options.command]
      const work: Work = async (asked, tools) => {
        const [{ test }, { makeTestTools }] = await Promise.all([import('../commands/test.ts'), import('./tools.ts')])
        return test(asked, makeTestTools(tools), { ...options, command })
      }
      return action(work)([], { ...options, stack: 'test' })
    })
}

interface TestStackOptions {
  readonly command?: string
  readonly name?: string
  readonly keep?: boolean
  readonly remove?: boolean
}

const TEST_STACK_HELP = `
Pulumi.test.yaml holds its settings. It ends with 0 where up, tests and destroy went well, else with what failed first.

  npm run test:stack -- --config ollama.enabled=false              without a model: quicker, and by words alone
  npm run test:stack -- --name codebase-mcp-test-2 --config server.port=18100 --config postgres.port=15532
  npm run test:stack -- -- vitest run test/mine.test.ts
`
