import { z } from 'zod'
import type { Grant, Right } from '../access/grant.ts'
import type { RepositoryScope } from '../access/repository-scope.ts'
import { CALL_DEADLINE_MS, inTime } from '../deadline.ts'
import { asFault } from '../errors.ts'
import type { Catalogue } from '../indexing/contract.ts'
import type { Log } from '../log.ts'
import type { Search } from '../search/contract.ts'
import { SECOND } from '../units.ts'
import { readArguments } from './arguments.ts'

/** What all tools work with. */
export interface ToolServices {
  readonly search: Search
  readonly catalogue: Catalogue
  readonly log: Log
  /** Awaited before the deadline of a call starts, because the index may still be opening. */
  readonly opening?: Promise<unknown>
  /** Deadline of a call. Default: `CALL_DEADLINE_MS`. */
  readonly deadlineMs?: number
  /** Called when a call ends. */
  readonly observe?: (call: ObservedCall) => void
}

/** What a single call works with. */
export interface ToolContext extends ToolServices {
  /** What the caller may do. */
  readonly grant: Grant
  /** Name in messages, if the caller did not use that of the tool. */
  readonly calledAs?: string
}

/** What a tool runs with: of the grant, only the repositories for which the caller has the right that it needs. */
interface RunContext extends Pick<ToolServices, 'search' | 'catalogue'> {
  readonly scope: RepositoryScope
}

export interface ObservedCall {
  readonly tool: string
  readonly seconds: number
  readonly fault?: string
}

interface Annotations {
  readonly readOnlyHint: boolean
  readonly destructiveHint: boolean
  readonly idempotentHint: boolean
  readonly openWorldHint: boolean
}

interface ToolSource<Input extends z.ZodType, Output extends z.ZodType> {
  readonly name: string
  readonly title: string
  /** For a model that chooses between tools. */
  readonly description: string
  readonly annotations: Annotations
  readonly right: Right
  readonly input: Input
  readonly output: Output
  /** Whether `tools/list` includes the schema of the output. */
  readonly promisesFields?: boolean
  run(input: z.output<Input>, context: RunContext, signal: AbortSignal): Promise<z.input<Output>>
  /** Structured content of an MCP result, whose text has the code. Default: the whole output. */
  fields?(output: z.input<Output>): object
  /** The text of the answer, for people and models. */
  render(output: z.input<Output>): string
}

export interface Answer {
  /** The whole answer, for programs. */
  readonly structured: Record<string, unknown>
  /** The whole answer, for models and people. */
  readonly text: string
  /** Structured content to send beside the text. */
  readonly fields: Record<string, unknown>
}

/** A tool as MCP, HTTP and the terminal use it. Only the tool validates its input. */
export interface Tool
  extends Pick<ToolSource<z.ZodType, z.ZodType>, 'name' | 'title' | 'description' | 'annotations' | 'right'> {
  readonly input: z.ZodType
  readonly output: z.ZodType
  readonly promisesFields: boolean
  /** @throws Fault */
  call(input: unknown, context: ToolContext, signal?: AbortSignal): Promise<Answer>
  /** Returns the text of an answer that came from another process. */
  render(structured: Record<string, unknown>): string
}

export const READS: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
}

export function defineTool<Input extends z.ZodType, Output extends z.ZodType>(source: ToolSource<Input, Output>): Tool {
  const { name, title, description, annotations, right, input, output, promisesFields = false } = source
  const answer = async (given: unknown, context: ToolContext, signal?: AbortSignal): Promise<Answer> => {
    const scope = context.grant.to(right)
    const parsed = readArguments(context.calledAs ?? name, input, given)
    await context.opening
    const { search, catalogue } = context
    const structured = await inTime(
      context.deadlineMs ?? CALL_DEADLINE_MS,
      (end) => source.run(parsed, { search, catalogue, scope }, end),
      signal,
    )
    return {
      structured: structured as Record<string, unknown>,
      text: source.render(structured),
      fields: (source.fields?.(structured) ?? structured) as Record<string, unknown>,
    }
  }
  const call: Tool['call'] = async (given, context, signal) => {
    const started = performance.now()
    const seconds = () => (performance.now() - started) / SECOND
    try {
      const result = await answer(given, context, signal)
      context.observe?.({ tool: name, seconds: seconds() })
      return result
    } catch (error) {
      context.observe?.({ tool: name, seconds: seconds(), fault: asFault(error).code })
      throw error
    }
  }
  const render = (structured: Record<string, unknown>) => source.render(structured as z.input<Output>)
  return { name, title, description, annotations, right, input, output, promisesFields, call, render }
}

/** A fault in the answer of a tool. */
export const faultFields = z.object({ code: z.string(), message: z.string(), remedy: z.string() })
