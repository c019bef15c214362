import { readFileSync } from 'node:fs'
import { z } from 'zod'

const found = z.strictObject({ query: z.string(), path: z.string() })
const line = z.int().min(1)

const schema = z.strictObject({
  /** As list_repositories names it. */
  repository: z.string(),
  files: z.int().min(1),
  /** What is found first by its words alone. */
  words: z.array(found).min(1),
  /** What is among the first three by its meaning; left out where the deployment has no model. */
  meaning: z.array(found).min(1),
  /** Lines that a regular expression finds, each the only one. */
  patterns: z.array(z.strictObject({ pattern: z.string(), path: z.string(), line })).min(1),
  texts: z.array(z.strictObject({ path: z.string(), first: line, last: line, text: z.string() })).min(1),
  /** False behind what answers for names that the server does not know, and where any name is allowed. */
  hostsAreChecked: z.boolean(),
})

/** What is known of one repository that a deployment has indexed. */
export type Manifest = z.output<typeof schema>

export function readManifest(file: URL | string): Manifest {
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success) throw new Error(`The manifest ${String(file)} is not usable: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
