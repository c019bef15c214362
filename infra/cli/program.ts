import { Command, CommanderError, Option } from 'commander'
import {
  type Asked,
  askedOf,
  given,
  lines,
  moment,
  type StackOptions,
  several,
  stackIn,
  stackOptions,
  wholeNumber,
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

function define(start: Start): Command {
  const program = new Command('npm run')
    .description('The stack: Postgres, Ollama and the server, through Pulumi.')
    .helpCommand(false)
    .exitOverride()
  const command = (name: string, summary: string, options = stackOptions()) => {
    const made = program.command(name).usage('-- [options]').description(summary)
    for (const option of options) made.addOption(option)
    return made
  }
  const plain = (made: Command, load: Load) => made.action((options: StackOptions) => start(load, options, []))
  const worded = (made: Command, load: Load) =>
    made.action((words: string | readonly string[] | undefined, options: StackOptions) =>
      start(load, options, words === undefined ? [] : typeof words === 'string' ? [words] : words),
    )

  plain(
    operation(command('up', 'Build the image, start the stack, wait until it is healthy, and print how to connect'))
      .option('-y, --yes', 'do not ask')
      .option('-f, --skip-preview', 'show no preview and do not ask'),
    async () => (await import('./commands/up.ts')).up,
  )
  plain(
    operation(command('preview', 'Show what `up` would change')),
    async () => (await import('./commands/up.ts')).preview,
  )
  plain(
    operation(command('down', 'Remove the containers, and keep the index, the model and the passwords'))
      .option('--data', 'remove the data too, after asking')
      .option('-y, --yes', 'do not ask'),
    async () => (await import('./commands/down.ts')).down,
  )
  plain(
    planOptions(
      command('plan', 'List the resources of the stack, the policies that it violates, and the effects of a change'),
    ),
    async () => (await import('./commands/plan.ts')).plan,
  )
  worded(
    logOptions(command('logs', 'Print the logs of the parts of the stack, ordered by time')),
    async () => (await import('./commands/logs.ts')).logs,
  )
  plain(
    command('status', 'Show whether the stack is healthy, what is indexed, and which jobs run')
      .option('--json', 'print the report as JSON')
      .addHelpText('after', '\nExits with 0 if the stack is healthy or degraded, else with 1.'),
    async () => (await import('./commands/status.ts')).status,
  )
  worded(
    command('backup', 'Dump the database to a file while it is in use')
      .usage('-- [options] [file]')
      .argument('[file]', 'file to write; by default named after the stack and the time, in the current folder')
      .option('--force', 'replace an existing file'),
    async () => (await import('./commands/backup.ts')).backup,
  )
  worded(
    command('restore', 'Replace the database with a backup; the old database serves until the new one is ready')
      .usage('-- [options] <file>')
      .argument('<file>', 'file that `npm run backup` wrote')
      .option('-y, --yes', 'do not ask'),
    async () => (await import('./commands/restore.ts')).restore,
  )
  plain(
    command('upgrade', 'Upgrade the database to the major version of Postgres in the image').option(
      '-y, --yes',
      'do not ask',
    ),
    async () => (await import('./commands/upgrade.ts')).upgrade,
  )
  worded(
    command('psql', 'Run psql on the database of the stack', longOptions())
      .usage('-- [options] [psql arguments...]')
      .helpOption('--help', 'display help for command')
      .argument('[words...]', 'arguments of psql, such as -c "select count(*) from chunk"')
      .allowUnknownOption()
      .addOption(
        new Option('--role <role>', 'role to connect as')
          .choices(['superuser', 'migrator', 'service'])
          .default('superuser'),
      ),
    async () => (await import('./commands/psql.ts')).psql,
  )
  plain(
    command('doctor', 'Find out what is wrong with this machine and the stack, and what to do about it')
      .option('--json', 'print the findings as JSON')
      .addHelpText('after', '\nExits with 1 if a check fails.'),
    async () => (await import('./commands/doctor.ts')).doctor,
  )
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

/** Adds the options of Pulumi operations. For others, use `npm run pulumi`. */
const operation = (command: Command) =>
  command
    .addOption(new Option('-t, --target <urn>', 'work only on this resource; may be repeated').argParser(several))
    .option('--target-dependents', 'include resources that depend on the targets')
    .addOption(new Option('--exclude <urn>', 'leave out this resource; may be repeated').argParser(several))
    .addOption(new Option('--replace <urn>', 'replace this resource; may be repeated').argParser(several))
    .option('-r, --refresh', 'read the real state of the resources first')
    .option('--expect-no-changes', 'fail if something would change')
    .option('--continue-on-error', 'continue with resources that do not depend on a failed one')
    .addOption(
      new Option('-p, --parallel <count>', 'maximum number of resources to work on at a time').argParser(wholeNumber),
    )
    .addOption(new Option('-m, --message <text>', 'message for the history of the stack').argParser(given))

const planOptions = (command: Command) =>
  command
    .addOption(
      new Option('--manifests', 'print the Kubernetes objects as YAML, with placeholders for secrets').conflicts([
        'json',
        'against',
      ]),
    )
    .addOption(new Option('--json', 'print the plan as JSON'))
    .addOption(
      new Option(
        '--against <revision>',
        'compare with another git revision, such as origin/main, which ignores the other options',
      ),
    )
    .addHelpText('after', '\nNeeds no Pulumi CLI, engine or cluster. Exits with 1 if a mandatory policy is violated.')

const logOptions = (command: Command) =>
  command
    .usage('-- [options] [parts...]')
    .argument('[parts...]', 'such as server, postgres, or model for the pull; by default all long-running parts')
    .option('-f, --follow', 'keep printing new lines until Ctrl-C')
    .addOption(
      new Option('--since <time>', 'start at this time or age, such as 2026-11-21T12:00:00Z, 10m or 2h30m').argParser(
        moment,
      ),
    )
    .addOption(
      new Option(
        '-n, --tail <lines>',
        'number of lines of each part, or "all" (default: 200, or all with --since)',
      ).argParser(lines),
    )
    .option('--json', 'print each line as JSON: part, time, and text or entry')

/** Returns the stack options without their short forms, which belong to the program that gets the arguments. */
const longOptions = () =>
  stackOptions().map((option) => Object.assign(option, { short: undefined, flags: option.flags.replace(/^-\w, /, '') }))
