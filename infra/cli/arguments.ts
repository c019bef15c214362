import { InvalidArgumentError, Option } from 'commander'
import { PROJECT } from '../settings/config.ts'

/** Which stack a command is about, and with which settings. */
export interface Asked {
  readonly stack: string
  /** Another file than `Pulumi.<stack>.yaml`. */
  readonly configFile?: string
  /** Settings that win over the stack's file. */
  readonly settings: Readonly<Record<string, string>>
  /** What the Pulumi CLI is handed as it is. */
  readonly passed: readonly string[]
}

/** The options that every command has, as commander reads them. */
export interface StackOptions {
  readonly stack: string
  readonly configFile?: string
  readonly config?: Readonly<Record<string, string>>
}

export const stackOptions = (): Option[] => [
  new Option('-s, --stack <name>', 'the stack: dev, prod, or one of yours').default('dev').argParser(given),
  new Option(
    '-c, --config <key=value>',
    'a setting that wins over the file of the stack; may be said more than once',
  ).argParser(withSetting),
  new Option('--config-file <path>', 'another file than Pulumi.<stack>.yaml').argParser(given),
]

export const askedOf = ({ stack, configFile, config = {} }: StackOptions, passed: readonly string[] = []): Asked => ({
  stack,
  ...(configFile === undefined ? {} : { configFile }),
  settings: config,
  passed,
})

/** An option's value, which must not be empty. */
export function given(value: string): string {
  if (value === '') throw new InvalidArgumentError('It needs a value.')
  return value
}

function withSetting(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, key = '', value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (value === undefined) throw new InvalidArgumentError(`Write it as ${PROJECT}:name=value.`)
  return { ...earlier, [key.includes(':') ? key : `${PROJECT}:${key}`]: value }
}
