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

/** What runs a command: it makes the tools, and reports what is refused. */
export type Run = (asked: Asked, work: (tools: Tools) => Promise<number>) => Promise<number>

/** Loads a command, of which each needs other packages; what it takes is what commander read. */
type Load = () => Promise<(tools: Tools, options: never) => Promise<number>>

/** Runs the command that the words name; the exit code. */
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
    operation(command('up', 'builds the image, starts the stack, waits until it is healthy, and says how to reach it'))
      .option('-y, --yes', 'does not ask')
      .option('-f, --skip-preview', 'neither shows first what would change, nor asks'),
    async () => (await import('./commands/up.ts')).up,
  )
  plain(
    operation(command('preview', 'shows what `up` would change')),
    async () => (await import('./commands/preview.ts')).preview,
  )
  plain(
    operation(command('down', 'removes the containers; the index, the model and the passwords stay'))
      .option('--data', 'removes these too, after asking')
      .option('-y, --yes', 'does not ask'),
    async () => (await import('./commands/down.ts')).down,
  )
  plain(
    planOptions(
      command('plan', 'shows what the stack consists of, which policies it breaks, and what a change changes'),
    ),
    async () => (await import('./commands/plan.ts')).plan,
  )
  worded(
    logOptions(command('logs', 'what the parts of the stack wrote, by time')),
    async () => (await import('./commands/logs.ts')).logs,
  )
  plain(
    command('status', 'whether the stack is healthy, what is indexed, and what is running')
      .option('--json', 'as JSON')
      .addHelpText('after', '\nIt ends with 0 where the stack is healthy or only degraded, else with 1.'),
    async () => (await import('./commands/status.ts')).status,
  )
  worded(
    command('backup', 'writes the database into a file, while it is in use')
      .usage('-- [options] [file]')
      .argument('[file]', 'where to; left out, a name of the stack and the time, in the current folder')
      .option('--force', 'replaces a file that is there'),
    async () => (await import('./commands/backup.ts')).backup,
  )
  worded(
    command('restore', 'puts a backup in the place of the database, which serves until it is ready')
      .usage('-- [options] <file>')
      .argument('<file>', 'what `npm run backup` wrote')
      .option('-y, --yes', 'does not ask'),
    async () => (await import('./commands/restore.ts')).restore,
  )
  plain(
    command('upgrade', 'takes the database to the major version of Postgres that the image has').option(
      '-y, --yes',
      'does not ask',
    ),
    async () => (await import('./commands/upgrade.ts')).upgrade,
  )
  worded(
    command('psql', 'psql on the database of the stack', longOptions())
      .usage('-- [options] [what psql takes...]')
      .helpOption('--help', 'display help for command')
      .argument('[words...]', 'what psql takes, such as -c "select count(*) from chunk"')
      .allowUnknownOption()
      .addOption(
        new Option('--role <role>', 'who asks').choices(['superuser', 'migrator', 'service']).default('superuser'),
      ),
    async () => (await import('./commands/psql.ts')).psql,
  )
  plain(
    command('doctor', 'finds what is wrong with this machine and the stack, and says what to do')
      .option('--json', 'as JSON')
      .addHelpText('after', '\nIt ends with 1 where something fails.'),
    async () => (await import('./commands/doctor.ts')).doctor,
  )
  program
    .command('pulumi')
    .description("the Pulumi CLI with this project's backend, passphrase and Node; for the stack dev without --stack")
    .usage('-- [what pulumi takes...]')
    .helpOption(false)
    .argument('[words...]', 'what pulumi takes; --help is its own')
    .allowUnknownOption()
    .action((words: string[]) =>
      start(async () => (await import('./commands/pulumi.ts')).pulumi, { stack: stackIn(words) ?? 'dev' }, words),
    )
  return program
}

/** What the operations of Pulumi take; what else the CLI can do, `npm run pulumi` does. */
const operation = (command: Command) =>
  command
    .addOption(new Option('-t, --target <urn>', 'this resource alone; may be repeated').argParser(several))
    .option('--target-dependents', 'what depends on it too')
    .addOption(new Option('--exclude <urn>', 'all but this resource; may be repeated').argParser(several))
    .addOption(new Option('--replace <urn>', 'makes this resource anew; may be repeated').argParser(several))
    .option('-r, --refresh', 'looks first at what is really there')
    .option('--expect-no-changes', 'fails where something changes')
    .option('--continue-on-error', 'goes on with what does not depend on what failed')
    .addOption(new Option('-p, --parallel <count>', 'how many resources at a time').argParser(wholeNumber))
    .addOption(new Option('-m, --message <text>', 'what the history says of it').argParser(given))

const planOptions = (command: Command) =>
  command
    .addOption(
      new Option('--manifests', 'the Kubernetes objects as YAML, with stand-ins for secrets').conflicts([
        'json',
        'against',
      ]),
    )
    .addOption(new Option('--json', 'as JSON'))
    .addOption(
      new Option(
        '--against <revision>',
        'what differs from another git revision, such as origin/main; other options count for this side alone',
      ),
    )
    .addHelpText(
      'after',
      '\nIt needs no Pulumi CLI, engine or cluster, and ends with 1 where a mandatory policy is broken.',
    )

const logOptions = (command: Command) =>
  command
    .usage('-- [options] [parts...]')
    .argument(
      '[parts...]',
      'such as server, postgres, or model for its pull; all that keep running where none is named',
    )
    .option('-f, --follow', 'goes on until Ctrl-C')
    .addOption(
      new Option('--since <time>', 'from a time on, such as 10m, 2h30m or 2026-11-21T12:00:00Z').argParser(moment),
    )
    .addOption(
      new Option('-n, --tail <lines>', 'so many lines of each part, or all; without --since they are 200').argParser(
        lines,
      ),
    )
    .option('--json', 'each line as JSON: part, time, and text or entry')

/** Only in full, where the short ones are those of the program that the words go to. */
const longOptions = () =>
  stackOptions().map((option) => Object.assign(option, { short: undefined, flags: option.flags.replace(/^-\w, /, '') }))
