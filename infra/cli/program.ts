import { Command, CommanderError } from 'commander'
import type { Action, Needs } from './action.ts'
import { type Asked, askedOf, stackOptions } from './arguments.ts'
import { addDayTwo } from './day-two/program.ts'
import { addPlan } from './plan/program.ts'
import { addTestStack } from './test-stack/program.ts'
import type { Tools } from './tools.ts'

/** What runs a command: it makes the tools, and reports what is refused. */
export type Run = (asked: Asked, work: (tools: Tools) => Promise<number>, needs: Needs) => Promise<number>

/** Runs the command that the words name; the exit code. */
export async function runCommand(words: readonly string[], run: Run): Promise<number> {
  let exitCode = 0
  const action: Action = (work, needs = { pulumi: true }) => {
    return async (passed, options) => {
      const asked = askedOf(options, passed)
      exitCode = await run(asked, (tools) => work(asked, tools, options as never), needs)
    }
  }
  try {
    await defineCommands(action).parseAsync(words, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    throw error
  }
}

function defineCommands(action: Action): Command {
  const program = new Command('npm run')
    .description('The stack: Postgres, Ollama and the server, through the Pulumi CLI.')
    .helpCommand(false)
    .exitOverride()
  const command = (name: string, summary: string) => {
    const made = program.command(name).usage('-- [options]').description(summary)
    for (const option of stackOptions()) made.addOption(option)
    return made
  }
  /** A command of the Pulumi CLI, which is handed every option that is not ours. */
  const wrapped = (name: string, summary: string) =>
    command(name, summary)
      .argument('[options...]', `what \`pulumi ${name === 'down' ? 'destroy' : name}\` takes besides`)
      .allowUnknownOption()

  wrapped('up', 'builds the image, starts the stack, waits until it is healthy, and says how to reach it').action(
    action(async (asked, tools) => (await import('./commands/up.ts')).up(asked, tools)),
  )
  wrapped('preview', 'shows what `up` would change').action(
    action(async (asked, tools) => (await import('./commands/preview.ts')).preview(asked, tools)),
  )
  wrapped('down', 'removes the containers; the index, the model and the passwords stay')
    .option('--data', 'removes these too, after asking')
    .action(
      action(async (asked, tools, options: { data?: boolean }) =>
        (await import('./commands/down.ts')).down(asked, tools, options),
      ),
    )
  addPlan(
    command('plan', 'shows what the stack consists of, which policies it breaks, and what a change changes'),
    action,
  )
  addDayTwo(program, action)
  addTestStack(program, action)
  return program
}
