import { type Command, InvalidArgumentError, Option } from 'commander'
import type { StackChoice } from '../plan/stack-config.ts'
import { PROJECT } from '../settings/config.ts'

/** Stack, settings and positional arguments that a command is run with. */
export interface Asked extends StackChoice {
  readonly passed: readonly string[]
}

/** Options of every command, as commander parses them. */
export interface StackOptions {
  readonly stack: string
  readonly configFile?: string
  readonly config?: Readonly<Record<string, string>>
}

export const stackOptions = (): Option[] => [
  new Option('-s, --stack <name>', 'stack to work on: dev, prod, or one of yours').default('dev').argParser(given),
  new Option(
    '-c, --config <key=value>',
    'setting for this run only, which overrides the file of the stack; may be repeated',
  ).argParser(withSetting),
  new Option('--config-file <path>', 'read another file than Pulumi.<stack>.yaml').argParser(given),
]

/** Adds the options of an operation of Pulumi. The CLI has more, for `npm run pulumi`. */
export const operation = (command: Command) =>
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

export const planOptions = (command: Command) =>
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

export const logOptions = (command: Command) =>
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
export const longOptions = () =>
  stackOptions().map((option) => Object.assign(option, { short: undefined, flags: option.flags.replace(/^-\w, /, '') }))

export const askedOf = ({ stack, configFile, config = {} }: StackOptions, passed: readonly string[] = []): Asked => ({
  stack,
  ...(configFile === undefined ? {} : { configFile }),
  settings: config,
  passed,
})

/** Parses the value of an option, which must not be empty. */
export function given(value: string): string {
  if (value === '') throw new InvalidArgumentError('It must not be empty.')
  return value
}

/** Collects the values of an option that can be repeated. */
const several = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, given(value)]

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It must be a positive whole number.')
  return Number(text)
}

function withSetting(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, key = '', value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (value === undefined) throw new InvalidArgumentError(`Write it as ${PROJECT}:name=value.`)
  return { ...earlier, [key.includes(':') ? key : `${PROJECT}:${key}`]: value }
}

/** Returns the stack that arguments of the Pulumi CLI name. */
export function stackIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => /^(-s|--stack)(=|$)/.test(word))
  if (at === -1) return undefined
  const [, joined] = /=(.*)$/s.exec(words[at] ?? '') ?? []
  return joined ?? words[at + 1]
}

/** Parses a time or an age of log lines. */
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
