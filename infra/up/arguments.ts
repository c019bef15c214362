import { PROJECT } from '../settings.ts'

/** What `npm run up|preview|down` was asked for. */
export interface Asked {
  readonly command: (typeof COMMANDS)[number]
  readonly stack: string
  /** Another file than `Pulumi.<stack>.yaml`. */
  readonly configFile?: string
  /** Settings that win over the stack's file. */
  readonly settings: Readonly<Record<string, string>>
  /** Whether `down` also removes volumes and all else that outlives the containers. */
  readonly data: boolean
  /** What the Pulumi CLI is handed as it is. */
  readonly passed: readonly string[]
}

const COMMANDS = ['up', 'preview', 'down'] as const

const VALUED: Readonly<Record<string, string>> = {
  '--stack': 'stack',
  '-s': 'stack',
  '--config': 'config',
  '-c': 'config',
  '--config-file': 'configFile',
}

export class UsageFault extends Error {}

/** @throws UsageFault where the command is unknown, an option lacks its value, or a setting has none */
export function readArguments([command, ...words]: readonly string[]): Asked {
  const known = COMMANDS.find((name) => name === command)
  if (known === undefined) {
    throw new UsageFault(
      `There is no command ${JSON.stringify(command ?? '')}. The commands are: ${COMMANDS.join(', ')}`,
    )
  }
  const { values, passed } = sortOut(words)
  const configFile = values.findLast(([name]) => name === 'configFile')?.[1]
  return {
    command: known,
    stack: values.findLast(([name]) => name === 'stack')?.[1] ?? 'dev',
    ...(configFile === undefined ? {} : { configFile }),
    settings: Object.fromEntries(values.filter(([name]) => name === 'config').map(([, text]) => readSetting(text))),
    data: passed.includes('--data'),
    passed: passed.filter((word) => word !== '--data'),
  }
}

function sortOut(words: readonly string[]) {
  const values: (readonly [name: string, value: string])[] = []
  const passed: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    const [, option = word, joined] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? []
    const name = VALUED[option]
    if (name === undefined) {
      passed.push(word)
      continue
    }
    const value = joined ?? words[++index]
    if (value === undefined || value === '') throw new UsageFault(`${option} needs a value`)
    values.push([name, value])
  }
  return { values, passed }
}

function readSetting(text: string): readonly [key: string, value: string] {
  const [, key = '', value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (value === undefined) {
    throw new UsageFault(`${JSON.stringify(text)} is not a setting: write it as --config ${PROJECT}:name=value`)
  }
  return [key.includes(':') ? key : `${PROJECT}:${key}`, value]
}
