import type { Embedder } from '../../embedding/embedder.ts'
import { Fault } from '../../errors.ts'
import type { MissingText } from './missing-texts.ts'

export interface EmbeddedGroup {
  /** Texts that got a vector, and their vectors. */
  readonly texts: readonly MissingText[]
  readonly vectors: readonly Float32Array[]
  /** Why the others got none. */
  readonly fault?: Fault
}

/** After so many consecutive refusals, the embedder is at fault rather than the texts. */
const REFUSED_IN_A_ROW = 3

/**
 * Embeds a group. If a ready embedder fails, embeds its texts one by one, so that a text which breaks the model affects
 * only itself.
 * @throws Fault of the embedder if it is at fault
 */
export async function embedGroup(
  embedder: Pick<Embedder, 'embedDocuments' | 'check'>,
  texts: readonly MissingText[],
  signal: AbortSignal,
): Promise<EmbeddedGroup> {
  try {
    return {
      texts,
      vectors: await embedder.embedDocuments(
        texts.map(({ text }) => text),
        signal,
      ),
    }
  } catch (error) {
    if (!(error instanceof Fault) || texts.length === 1) throw error
    if ((await embedder.check(signal)).state !== 'ready') throw error
    return embedOneByOne(embedder, texts, signal)
  }
}

async function embedOneByOne(
  embedder: Pick<Embedder, 'embedDocuments'>,
  texts: readonly MissingText[],
  signal: AbortSignal,
): Promise<EmbeddedGroup> {
  const done: MissingText[] = []
  const vectors: Float32Array[] = []
  let fault: Fault | undefined
  let inARow = 0
  for (const text of texts) {
    try {
      vectors.push(...(await embedder.embedDocuments([text.text], signal)))
      done.push(text)
      inARow = 0
    } catch (error) {
      if (!(error instanceof Fault) || ++inARow === REFUSED_IN_A_ROW) throw error
      fault = error
    }
  }
  return { texts: done, vectors, ...(fault === undefined ? {} : { fault }) }
}
