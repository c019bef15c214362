import type { z } from 'zod'
import { pulumiCommand } from '../printed-commands.ts'
import { PROJECT } from './config.ts'
import { ALL_DESCRIBED, type Described, unwrapped } from './described.ts'
import { shown } from './kinds.ts'
import { nearest } from './nearest.ts'
import { schema } from './schema.ts'

/** Invalid settings. The message lists all faults. */
export class SettingsFault extends Error {
  /** Faults, each with the key of its setting. */
  readonly faults: readonly string[]
  readonly remedy: string

  constructor(message: string, faults = [message], remedy = 'Correct the settings that the message names') {
    super(message)
    this.faults = faults
    this.remedy = remedy
  }
}

/** @param faults each starts with the key of a setting */
export function unusable(faults: readonly string[]): SettingsFault {
  const whole = faults.map((fault) => `${PROJECT}:${fault}`)
  const remedy = `Pulumi.yaml documents each key. Change one in Pulumi.<stack>.yaml, or with: ${pulumiCommand('config', 'set', '--path', 'KEY', 'VALUE')}`
  const lines = ['The settings of this stack are not usable:', ...whole.map((fault) => `  ${fault}`), remedy]
  return new SettingsFault(lines.join('\n'), whole, remedy)
}

/** Converts the issues of the schema to faults, each of which starts with the key of its setting. */
export function faultsOf(issues: readonly z.core.$ZodIssue[]): string[] {
  return issues.flatMap((issue) => {
    const path = issue.path.join('.')
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key))
    // For a union, reports the issues of the closest alternative.
    const inner = issue.code === 'invalid_union' ? deepest(issue.errors) : undefined
    if (inner === undefined) return [`${path} ${wordsOf(issue)}`]
    return faultsOf(inner.map((each) => ({ ...each, path: [...issue.path, ...each.path] })))
  })
}

function deepest(alternatives: readonly (readonly z.core.$ZodIssue[])[]) {
  return alternatives.find((issues) => issues.length > 0 && issues.every(({ path }) => path.length > 0))
}

/** Returns the keys that a setting may have, at a path that may include list indexes. */
function keysAt(path: string): readonly string[] {
  const parts = path === '' ? [] : path.split('.')
  const kind = parts.reduce<z.ZodType | undefined>((outer, part) => inside(outer, part), schema)
  return Object.keys(shapeOf(kind) ?? {})
}

function shapeOf(kind: z.ZodType | undefined) {
  if (kind === undefined) return undefined
  return (unwrapped(kind).core as unknown as { readonly shape?: Readonly<Record<string, z.ZodType>> }).shape
}

function inside(kind: z.ZodType | undefined, part: string): z.ZodType | undefined {
  if (kind === undefined) return undefined
  const { element } = unwrapped(kind).core as unknown as { readonly element?: z.ZodType }
  return element ?? shapeOf(kind)?.[part]
}

function unknownKey(path: string, key: string): string {
  const at = key.indexOf(':')
  if (path === '' && key.startsWith(`${PROJECT}:`)) {
    const setting = key.slice(at + 1)
    return `${setting} is set twice with different values, as ${key} and in the group ${PROJECT}:${setting.split('.', 1)[0]}; remove one of them`
  }
  if (path === '' && at !== -1) {
    return `${key.slice(at + 1)} was set as ${key}, which is not in this project's namespace; write ${PROJECT}: before it`
  }
  const whole = path === '' ? key : `${path}.${key}`
  const remedy = meant(path, key)
  return `${whole} is not a setting; ${remedy === undefined ? '' : `did you mean ${remedy}? `}${
    remedy === undefined ? 'correct its name or remove it' : 'Correct its name or remove it'
  }`
}

/** Replaces the library's message for kinds without their own. */
const wordsOf = (issue: z.core.$ZodIssue) =>
  issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')
    ? `must be ${EXPECTED[issue.expected] ?? issue.expected}, got ${shown(issue.input)}`
    : issue.message

const EXPECTED: Readonly<Record<string, string>> = {
  object: 'a group',
  record: 'a group',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
}

function meant(path: string, key: string): string | undefined {
  const last = (one: Described) => one.key.slice(one.key.lastIndexOf('.') + 1)
  const near = nearest(key, keysAt(path))
  if (near !== undefined) return path === '' ? near : `${path}.${near}`
  return ALL_DESCRIBED.find((one) => last(one).toLowerCase() === key.toLowerCase())?.key
}
