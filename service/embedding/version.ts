import { z } from 'zod'
import { type Endpoint, reasonOf } from './endpoint.ts'
import { replyInvalid, unavailable } from './faults.ts'

const VersionReply = z.object({ version: z.string() })

/** The version of the Ollama that answers there. @throws Fault `embedder_unavailable` or `embedder_reply_invalid` */
export async function ollamaVersion({ url, headers }: Endpoint, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${url}/api/version`, { headers, redirect: 'error', signal }).catch((error: unknown) => {
    throw unavailable(url, signal.aborted ? 'does not answer' : reasonOf(error), error)
  })
  const parsed = VersionReply.safeParse(await response.json().catch(() => undefined))
  if (response.ok && parsed.success) return parsed.data.version
  throw replyInvalid(url, `${response.status} when asked for its version`)
}
