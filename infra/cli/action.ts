import type { Asked, StackOptions } from './arguments.ts'
import type { Tools } from './tools.ts'

export type Work = (asked: Asked, tools: Tools, options: never) => Promise<number>

/** Makes what commander runs out of the work of a command. */
export type Action = (work: Work, needs?: Needs) => Start

/** @param words the arguments of the command */
export type Start = (words: string[], options: StackOptions) => Promise<void>

export interface Needs {
  /** Whether the command can do nothing without the Pulumi CLI. */
  readonly pulumi: boolean
}

export const WITHOUT_PULUMI: Needs = { pulumi: false }
