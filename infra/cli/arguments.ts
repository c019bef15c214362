import { InvalidArgumentError, Option } from 'commander'
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
export const several = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, given(value)]

export function wholeNumber(text: string): number {
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
export function moment(text: string): string {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$|^\d{4}-\d\d-\d\d/.test(text)) {
    throw new InvalidArgumentError('Write it as 10m, 2h30m or 2026-11-21T12:00:00Z.')
  }
  return text
}

export function lines(text: string): number {
  if (text === 'all') return Infinity
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Write it as a whole number, or all.')
  return Number(text)
}
