import { z } from 'zod'
import { described, type Endpoint, type Patience, post } from './endpoint.ts'
import { modelMissing, modelUnfit, replyInvalid } from './faults.ts'

const ShowReply = z.object({
  capabilities: z.array(z.string()).optional(),
  parameters: z.string().optional(),
  model_info: z.record(z.string(), z.unknown()).optional(),
})

export interface ModelDetails {
  /** Tokens of the longest text that the model can read. */
  readonly context: number
}

/**
 * Used if the model does not say, and as the maximum, because Ollama may give a model less context than it supports.
 */
const USUAL_CONTEXT = 512
const MOST_CONTEXT = 2048

/** @throws Fault `embedder_unavailable`, `embedding_model_missing`, `embedder_reply_invalid` */
export async function modelDetails(endpoint: Endpoint, model: string, patience: Patience): Promise<ModelDetails> {
  const details = await findModelDetails(endpoint, model, patience)
  if (details === undefined) throw modelMissing(endpoint.url, model)
  return details
}

/**
 * Returns undefined if Ollama does not have the model.
 * @throws Fault as `modelDetails`, `embedding_model_missing` only if the model exists but cannot embed
 */
export async function findModelDetails(
  endpoint: Endpoint,
  model: string,
  patience: Patience,
): Promise<ModelDetails | undefined> {
  const reply = await post(endpoint, '/api/show', { model }, patience)
  if (isMissing(reply)) return undefined
  const shown = ShowReply.safeParse(reply.json)
  if (reply.status !== 200 || !shown.success) throw replyInvalid(endpoint.url, described(reply))
  const { capabilities, parameters = '', model_info = {} } = shown.data
  if (capabilities !== undefined && !capabilities.includes('embedding')) {
    throw modelUnfit(endpoint.url, model, `it offers only ${capabilities.join(', ') || 'nothing'}`)
  }
  const trained = Object.entries(model_info).find(([key]) => key.endsWith('.context_length'))?.[1]
  const given = /^num_ctx\s+(\d+)/m.exec(parameters)?.[1]
  const limits = [trained, given].map(Number).filter((limit) => limit > 0)
  return { context: limits.length === 0 ? USUAL_CONTEXT : Math.min(MOST_CONTEXT, ...limits) }
}

/** Whether Ollama replies that it does not know the model, or that its name is invalid. */
export function isMissing(reply: { readonly status: number; readonly json: unknown; readonly text: string }): boolean {
  return (reply.status === 404 && /model.*not found/s.test(reply.text)) || reply.text.includes('unqualified name')
}
