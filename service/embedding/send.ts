import { described, type Endpoint, errorIn, type Patience, post } from './endpoint.ts'
import { modelMissing, replyInvalid } from './faults.ts'
import { isMissing } from './model-details.ts'
import { halvesOf } from './pieces.ts'
import { meanOf, vectorsOf } from './reply.ts'

/** Sends one request. Returns a vector of unit length for each text, or `too_long` if one does not fit the context. */
export type Send = (texts: readonly string[]) => Promise<Float32Array[] | 'too_long'>

const KEEP_ALIVE = '30m'

export function makeSend(endpoint: Endpoint, model: string, prefix: string, patience: Patience): Send {
  return async (texts) => {
    const input = texts.map((text) => prefix + text)
    const body = { model, input, truncate: false, keep_alive: KEEP_ALIVE }
    const reply = await post(endpoint, '/api/embed', body, patience)
    if (isMissing(reply)) throw modelMissing(endpoint.url, model)
    if (/exceeds the context length/.test(errorIn(reply.json) ?? '')) return 'too_long'
    if (reply.status !== 200 || errorIn(reply.json) !== undefined) throw replyInvalid(endpoint.url, described(reply))
    if (reply.json === undefined) throw replyInvalid(endpoint.url, `no JSON (${described(reply).slice(0, 80)})`)
    return vectorsOf(reply.json, texts.length, endpoint.url)
  }
}

/** Sends texts. If Ollama says that one is too long, halves the batch and finally the text. */
export async function sendFitting(send: Send, texts: readonly string[], url: string): Promise<Float32Array[]> {
  const vectors = await send(texts)
  if (vectors !== 'too_long') return vectors
  const [text, ...others] = texts
  if (others.length > 0) {
    const middle = Math.ceil(texts.length / 2)
    const first = await sendFitting(send, texts.slice(0, middle), url)
    return [...first, ...(await sendFitting(send, texts.slice(middle), url))]
  }
  if (text === undefined || text.length < 2) throw replyInvalid(url, 'a text of one character is too long for it')
  return [meanOf(await sendFitting(send, halvesOf(text), url), url)]
}
