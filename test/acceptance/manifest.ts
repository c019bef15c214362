import { readFileSync } from 'node:fs'
import { z } from 'zod'

const found = z.strictObject({ query: z.string(), path: z.string() })
const line = z.int().min(1)

const schema = z.strictObject({
  /** The name that list_repositories gives it. */
  repository: z.string(),
  files: z.int().min(1),
  /** Queries whose words alone put the file first. */
  words: z.array(found).min(1),
  /** Queries whose meaning puts the file among the first three. Skipped if the deployment has no model. */
  meaning: z.array(found).min(1),
  /** Patterns, each of which matches exactly one line. */
  patterns: z.array(z.strictObject({ pattern: z.string(), path: z.string(), line })).min(1),
  texts: z.array(z.strictObject({ path: z.string(), first: line, last: line, text: z.string() })).min(1),
  /** False if any Host header is allowed, or if a proxy in front of the server answers for unknown names. */
  hostsAreChecked: z.boolean(),
})

/** The known content of one repository that the deployment has indexed. */
export type Manifest = z.output<typeof schema>

export function readManifest(file: URL | string): Manifest {
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success) throw new Error(`The manifest ${String(file)} is not usable: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
