import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Fault } from '../../errors.ts'

/** A question and its answers. */
export interface Question {
  readonly query: string
  /** Source or kind of the question. */
  readonly group: string
  /** Paths of the files that answer it, relative to the repository. */
  readonly relevant: readonly string[]
  /** Line of the definition in the first of these files that answers it, counted from 1. */
  readonly line?: number
}

const FORM = z
  .array(
    z.object({
      query: z.string().trim().min(1).max(4000),
      relevant: z.array(z.string().min(1)).min(1),
      secondary: z.array(z.string().min(1)).default([]),
      category: z.string().min(1).default('questions'),
    }),
  )
  .min(1)

const REMEDY = 'Give an array of JSON: [{"query": "where are retries configured", "relevant": ["src/client/retry.ts"]}]'

/** Reads a user's questions from a file. @throws Fault `request_invalid` */
export function readQuestions(file: string): Question[] {
  const parsed = FORM.safeParse(jsonIn(file))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue?.path.length ? ` at ${issue.path.join('.')}` : ''
    throw new Fault(
      'request_invalid',
      `${JSON.stringify(file)} does not hold questions${where}: ${issue?.message}`,
      REMEDY,
    )
  }
  return parsed.data.map(({ query, relevant, secondary, category }) => ({
    query,
    group: category,
    relevant: [...new Set([...relevant, ...secondary])],
  }))
}

function jsonIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const { message } = error as Error
    throw new Fault('request_invalid', `${JSON.stringify(file)} cannot be read: ${message}`, REMEDY, { cause: error })
  }
}

/** @throws Fault `request_invalid` if an answer is a file that does not exist */
export function refuseUnknownPaths(questions: readonly Question[], paths: ReadonlySet<string>): void {
  for (const { query, relevant } of questions) {
    const unknown = relevant.find((path) => !paths.has(path))
    if (unknown === undefined) continue
    const what = `${JSON.stringify(unknown)}, which answers ${JSON.stringify(query)}, is not an indexed file`
    throw new Fault('request_invalid', what, 'Give paths relative to the folder, with /')
  }
}

/** Returns at most this many items, spread evenly over the list. */
export function spreadOver<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items]
  return Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)] as Item)
}
