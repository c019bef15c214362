import { z } from 'zod'
import type { Grant, Right } from '../access/grant.ts'
import type { RepositoryScope } from '../access/repository-scope.ts'
import { CALL_DEADLINE_MS, inTime } from '../deadline.ts'
import { asFault, Fault } from '../errors.ts'
import type { Catalogue } from '../indexing/contract.ts'
import type { Log } from '../log.ts'
import type { Search } from '../search/contract.ts'
import { SECOND } from '../units.ts'

/** What tools work with, whoever calls. */
export interface ToolServices {
  readonly search: Search
  readonly catalogue: Catalogue
  readonly log: Log
  /** What a call waits for before its time begins to run: the index may still be opened. */
  readonly opening?: Promise<unknown>
  /** How long a call may take, where it is not the usual time. */
  readonly deadlineMs?: number
  /** Hears of every call as it ends. */
  readonly observe?: (call: ObservedCall) => void
}

/** What a call works with. */
export interface ToolContext extends ToolServices {
  /** What the caller may do. */
  readonly grant: Grant
}

/** What a tool sees of it: the repositories for which the caller has the right that the tool needs. */
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
  /** Written for a model that chooses between tools. */
  readonly description: string
  readonly annotations: Annotations
  readonly right: Right
  readonly input: Input
  readonly output: Output
  run(input: z.output<Input>, context: RunContext, signal: AbortSignal): Promise<z.input<Output>>
  /** The answer as a person or a model reads it. */
  render(output: z.input<Output>): string
}

export interface Answer {
  readonly structured: Record<string, unknown>
  readonly text: string
}

/** A tool as MCP, HTTP and the terminal use it: its schemas are checked here and nowhere else. */
export interface Tool
  extends Pick<ToolSource<z.ZodType, z.ZodType>, 'name' | 'title' | 'description' | 'annotations' | 'right'> {
  readonly input: z.ZodType
  readonly output: z.ZodType
  /** @throws Fault */
  call(input: unknown, context: ToolContext, signal?: AbortSignal): Promise<Answer>
  /** What a person reads of an answer that came from another process. */
  render(structured: Record<string, unknown>): string
}

export const READS: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
}

export function defineTool<Input extends z.ZodType, Output extends z.ZodType>(source: ToolSource<Input, Output>): Tool {
  const { name, title, description, annotations, right, input, output } = source
  const answer = async (given: unknown, context: ToolContext, signal?: AbortSignal): Promise<Answer> => {
    const scope = context.grant.to(right)
    const parsed = parseInput(name, input, given)
    await context.opening
    const { search, catalogue } = context
    const structured = await inTime(
      context.deadlineMs ?? CALL_DEADLINE_MS,
      (end) => source.run(parsed, { search, catalogue, scope }, end),
      signal,
    )
    return { structured: structured as Record<string, unknown>, text: source.render(structured) }
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
  return { name, title, description, annotations, right, input, output, call, render }
}

function parseInput<Input extends z.ZodType>(tool: string, schema: Input, given: unknown): z.output<Input> {
  const parsed = schema.safeParse(withoutNulls(given ?? {}), { reportInput: true })
  if (parsed.success) return parsed.data
  throw new Fault(
    'request_invalid',
    `${tool} cannot take this: ${parsed.error.issues.map(describeIssue).join('; ')}`,
    remedyFor(schema),
  )
}

// Some clients send every optional field, as null where it is absent.
function withoutNulls(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const where = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') return `${issue.keys.map((key) => JSON.stringify(key)).join(', ')} is unknown`
  if (issue.path.length === 0) return issue.message
  return `${where}: ${issue.message}, got ${shown(issue.input)}`
}

function shown(input: unknown): string {
  if (input === undefined) return 'nothing'
  // What nests deeply is more than JSON.stringify can bear.
  if (typeof input === 'object' && input !== null) return Array.isArray(input) ? 'an array' : 'an object'
  const text = String(JSON.stringify(input))
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function remedyFor(schema: z.ZodType): string {
  const fields = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  return fields.length === 0 ? 'It takes no arguments' : `It takes ${fields.join(', ')}`
}
