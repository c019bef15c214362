import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Action, type Start, WITHOUT_PULUMI } from '../action.ts'
import { type StackOptions, stackOptions } from '../arguments.ts'
import type { PsqlOptions } from '../commands/psql.ts'
import type { Tools } from '../tools.ts'
import type { LogsOptions } from './logs/window.ts'
import type { DayTwoTools } from './tools.ts'

/** The commands about a stack that was made. */
export function addDayTwo(program: Command, action: Action): void {
  const add = (name: string, summary: string, options = stackOptions()) => {
    const made = program.command(name).description(summary)
    for (const option of options) made.addOption(option)
    return made
  }
  addLogs(add('logs', 'what the parts of the stack wrote, by time'), action)
  addStatus(add('status', 'whether the stack is healthy, what is indexed, and what is running'), action)
  addBackup(add('backup', 'writes the database into a file, while it is in use'), action)
  addRestore(add('restore', 'puts a backup in the place of the database, which serves until it is ready'), action)
  addUpgrade(add('upgrade', 'takes the database to the major version of Postgres that the image has'), action)
  addPsql(add('psql', 'psql on the database of the stack', longOptions()), action)
  addDoctor(add('doctor', 'finds what is wrong with this machine and the stack, and says what to do'), action)
  addPulumi(program.command('pulumi'), action)
}

const dayTwo = async (tools: Tools): Promise<DayTwoTools> => (await import('./tools.ts')).makeDayTwoTools(tools)

const withoutWords = (start: Start) => (options: StackOptions) => start([], options)

const withOneWord = (start: Start) => (word: string | undefined, options: StackOptions) =>
  start(word === undefined ? [] : [word], options)

/** Only in full, where the short ones are those of the program that the words go to. */
const longOptions = () =>
  stackOptions().map((option) => Object.assign(option, { short: undefined, flags: option.flags.replace(/^-\w, /, '') }))

function addLogs(command: Command, action: Action): void {
  const since = new Option('--since <time>', 'from a time on, such as 10m, 2h30m or 2026-11-21T12:00:00Z')
  const tail = new Option('-n, --tail <lines>', 'so many lines of each part, or all; without --since they are 200')
  command
    .usage('-- [options] [parts...]')
    .argument(
      '[parts...]',
      'such as server, postgres, or model for its pull; all that keep running where none is named',
    )
    .option('-f, --follow', 'goes on until Ctrl-C')
    .addOption(since.argParser(moment))
    .addOption(tail.argParser(lines))
    .option('--json', 'each line as JSON: part, time, and text or entry')
    .action(
      action(async (asked, tools, options: LogsOptions) => {
        const { logs } = await import('../commands/logs.ts')
        return logs(asked, await dayTwo(tools), options)
      }),
    )
}

function addStatus(command: Command, action: Action): void {
  command
    .usage('-- [options]')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nIt ends with 0 where the stack is healthy or only degraded, else with 1.')
    .action(
      withoutWords(
        action(async (asked, tools, options: { json?: boolean }) => {
          const { status } = await import('../commands/status.ts')
          return status(asked, await dayTwo(tools), options)
        }, WITHOUT_PULUMI),
      ),
    )
}

function addBackup(command: Command, action: Action): void {
  command
    .usage('-- [options] [file]')
    .argument('[file]', 'where to; left out, a name of the stack and the time, in the current folder')
    .option('--force', 'replaces a file that is there')
    .action(
      withOneWord(
        action(async (asked, tools, options: { force?: boolean }) => {
          const { backup } = await import('../commands/backup.ts')
          return backup(asked, await dayTwo(tools), options)
        }),
      ),
    )
}

function addRestore(command: Command, action: Action): void {
  command
    .usage('-- [options] <file>')
    .argument('<file>', 'what `npm run backup` wrote')
    .option('-y, --yes', 'does not ask')
    .action(
      withOneWord(
        action(async (asked, tools, options: { yes?: boolean }) => {
          const { restore } = await import('../commands/restore.ts')
          return restore(asked, await dayTwo(tools), options)
        }),
      ),
    )
}

function addUpgrade(command: Command, action: Action): void {
  command
    .usage('-- [options]')
    .option('-y, --yes', 'does not ask')
    .action(
      withoutWords(
        action(async (asked, tools, options: { yes?: boolean }) => {
          const { upgrade } = await import('../commands/upgrade.ts')
          return upgrade(asked, await dayTwo(tools), options)
        }),
      ),
    )
}

function addPsql(command: Command, action: Action): void {
  const role = new Option('--role <role>', 'who asks').choices(['superuser', 'migrator', 'service'])
  command
    .usage('-- [options] [what psql takes...]')
    .helpOption('--help', 'display help for command')
    .argument('[words...]', 'what psql takes, such as -c "select count(*) from chunk"')
    .allowUnknownOption()
    .addOption(role.default('superuser'))
    .action(
      action(async (asked, tools, options: PsqlOptions) => {
        const { psql } = await import('../commands/psql.ts')
        return psql(asked, await dayTwo(tools), options)
      }),
    )
}

function addDoctor(command: Command, action: Action): void {
  command
    .usage('-- [options]')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nIt ends with 1 where something fails.')
    .action(
      withoutWords(
        action(async (asked, tools, options: { json?: boolean }) => {
          const [{ doctor }, { makeDoctorTools }] = await Promise.all([
            import('../commands/doctor.ts'),
            import('./doctor/tools.ts'),
          ])
          return doctor(asked, makeDoctorTools(tools, asked), options)
        }, WITHOUT_PULUMI),
      ),
    )
}

function addPulumi(command: Command, action: Action): void {
  const start = action(async (asked, tools) => (await import('../commands/pulumi.ts')).pulumi(asked, tools))
  command
    .description("the Pulumi CLI with this project's backend, passphrase and Node; for the stack dev without --stack")
    .usage('-- [what pulumi takes...]')
    .helpOption(false)
    .argument('[words...]', 'what pulumi takes; --help is its own')
    .allowUnknownOption()
    .action((words: string[]) => start(words, { stack: stackIn(words) ?? 'dev' }))
}

/** The stack that words for the Pulumi CLI name. */
export function stackIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => /^(-s|--stack)(=|$)/.test(word))
  if (at === -1) return undefined
  const [, joined] = /=(.*)$/s.exec(words[at] ?? '') ?? []
  return joined ?? words[at + 1]
}

function moment(text: string): string {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$|^\d{4}-\d\d-\d\d/.test(text)) {
    throw new InvalidArgumentError('Write it as 10m, 2h30m or 2026-11-21T12:00:00Z.')
  }
  return text
}

function lines(text: string): number {
  if (text === 'all') return Infinity
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Write it as a whole number, or all.')
  return Number(text)
}
