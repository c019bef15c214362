import { Command, CommanderError, Option } from 'commander'
import {
  type Asked,
  askedOf,
  logOptions,
  longOptions,
  operation,
  planOptions,
  type StackOptions,
  stackIn,
  stackOptions,
} from './arguments.ts'
import type { Tools } from './target.ts'

/** Runs a command: creates its tools and prints refusals. */
export type Run = (asked: Asked, work: (tools: Tools) => Promise<number>) => Promise<number>

/**
 * Loads a command when it is needed, because the commands need different packages. `options` is the result of
 * commander.
 */
type Load = () => Promise<(tools: Tools, options: never) => Promise<number>>

/** Runs the command that the arguments name. Returns its exit code. */
export async function runCommand(words: readonly string[], run: Run): Promise<number> {
  let exitCode = 0
  const start = async (load: Load, options: StackOptions, passed: readonly string[]) => {
    exitCode = await run(askedOf(options, passed), async (tools) => (await load())(tools, options as never))
  }
  try {
    await define(start).parseAsync(words, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    throw error
  }
}

type Start = (load: Load, options: StackOptions, passed: readonly string[]) => Promise<void>

/** Adds a command that `load` returns, with the stack options unless others are given. */
type Add = (name: string, summary: string, load: Load, options?: readonly Option[]) => Command

function define(start: Start): Command {
  const program = new Command('npm run')
    .description('The stack: Postgres, Ollama and the server, through Pulumi.')
    .helpCommand(false)
    .exitOverride()
  const add: Add = (name, summary, load, options = stackOptions()) => {
    const made = program.command(name).usage('-- [options]').description(summary)
    for (const option of options) made.addOption(option)
    return made.action(() => start(load, made.opts(), made.args))
  }
  defineOperations(add)
  defineReports(add)
  defineDatabase(add)
  add(
    'doctor',
    'Find out what is wrong with this machine and the stack, and what to do about it',
    async () => (await import('./commands/doctor.ts')).doctor,
  )
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExits with 1 if a check fails.')
  program
    .command('pulumi')
    .description("Run the Pulumi CLI with this project's backend, passphrase and Node, by default on the stack dev")
    .usage('-- [pulumi arguments...]')
    .helpOption(false)
    .argument('[words...]', 'arguments of pulumi; --help is its own')
    .allowUnknownOption()
    .action((words: string[]) =>
      start(async () => (await import('./commands/by-hand.ts')).byHand, { stack: stackIn(words) ?? 'dev' }, words),
    )
  return program
}

function defineOperations(add: Add): void {
  operation(
    add(
      'up',
      'Build the image, start the stack, wait until it is healthy, and print how to connect',
      async () => (await import('./commands/up.ts')).up,
    ),
  )
    .option('-y, --yes', 'do not ask')
    .option('-f, --skip-preview', 'show no preview and do not ask')
  operation(add('preview', 'Show what `up` would change', async () => (await import('./commands/up.ts')).preview))
  operation(
    add(
      'down',
      'Remove the containers, and keep the index, the model and the passwords',
      async () => (await import('./commands/down.ts')).down,
    ),
  )
    .option('--data', 'remove the data too, after asking')
    .option('-y, --yes', 'do not ask')
}

function defineReports(add: Add): void {
  planOptions(
    add(
      'plan',
      'List the resources of the stack, the policies that it violates, and the effects of a change',
      async () => (await import('./commands/plan.ts')).plan,
    ),
  )
  logOptions(
    add(
      'logs',
      'Print the logs of the parts of the stack, ordered by time',
      async () => (await import('./commands/logs.ts')).logs,
    ),
  )
  add(
    'status',
    'Show whether the stack is healthy, what is indexed, and which jobs run',
    async () => (await import('./commands/status.ts')).status,
  )
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExits with 0 if the stack is healthy or degraded, else with 1.')
}

function defineDatabase(add: Add): void {
  add(
    'backup',
    'Dump the database to a file while it is in use',
    async () => (await import('./commands/backup.ts')).backup,
  )
    .usage('-- [options] [file]')
    .argument('[file]', 'file to write; by default named after the stack and the time, in the current folder')
    .option('--force', 'replace an existing file')
  add(
    'restore',
    'Replace the database with a backup; the old database serves until the new one is ready',
    async () => (await import('./commands/restore.ts')).restore,
  )
    .usage('-- [options] <file>')
    .argument('<file>', 'file that `npm run backup` wrote')
    .option('-y, --yes', 'do not ask')
  add(
    'upgrade',
    'Upgrade the database to the major version of Postgres in the image',
    async () => (await import('./commands/upgrade.ts')).upgrade,
  ).option('-y, --yes', 'do not ask')
  add(
    'psql',
    'Run psql on the database of the stack',
    async () => (await import('./commands/psql.ts')).psql,
    longOptions(),
  )
    .usage('-- [options] [psql arguments...]')
    .helpOption('--help', 'display help for command')
    .argument('[words...]', 'arguments of psql, such as -c "select count(*) from chunk"')
    .allowUnknownOption()
    .addOption(
      new Option('--role <role>', 'role to connect as')
        .choices(['superuser', 'migrator', 'service'])
        .default('superuser'),
    )
}
