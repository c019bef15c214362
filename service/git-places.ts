import { defined } from './fields.ts'

/** What overrides the usual places of git's configuration, as git's own variables do. */
export interface GitPlaces {
  /** The user's configuration folder: `$XDG_CONFIG_HOME`. */
  readonly configHome?: string
  /** Configuration of the machine. Undefined for none. */
  readonly system?: string | undefined
  /** Replaces the user's configuration files. */
  readonly global?: string
  /** Names and values that override all files. */
  readonly set?: readonly (readonly [name: string, value: string])[]
}

interface Values {
  readonly XDG_CONFIG_HOME?: string | undefined
  readonly GIT_CONFIG_GLOBAL?: string | undefined
  readonly GIT_CONFIG_SYSTEM?: string | undefined
  readonly GIT_CONFIG_NOSYSTEM: boolean
  readonly GIT_CONFIG_COUNT: number
}

type Given = Readonly<Record<string, string>>

export function gitPlaces(values: Values, given: Given): GitPlaces {
  const { XDG_CONFIG_HOME: configHome, GIT_CONFIG_GLOBAL: global, GIT_CONFIG_SYSTEM: system } = values
  const set = numbers(values).flatMap((at) => {
    const name = given[keyOf(at)]
    return name === undefined ? [] : [[name, given[`GIT_CONFIG_VALUE_${at}`] ?? ''] as const]
  })
  return {
    ...defined({ configHome, system, global }),
    ...(values.GIT_CONFIG_NOSYSTEM && { system: undefined }),
    ...(set.length > 0 && { set }),
  }
}

/** Returns the variables with names of git's settings that are counted, but not set. */
export function missingKeys(values: Values, given: Given): string[] {
  return numbers(values)
    .map(keyOf)
    .filter((name) => given[name] === undefined)
}

const numbers = ({ GIT_CONFIG_COUNT: count }: Values) => [...Array(count).keys()]

const keyOf = (at: number) => `GIT_CONFIG_KEY_${at}`
