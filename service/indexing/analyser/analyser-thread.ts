import { parentPort } from 'node:worker_threads'
import { loadOwnModel } from '../../embedding/own-model.ts'
import { Fault } from '../../errors.ts'
import { createSegmentBuilder } from '../../lexical/segment-builder.ts'
import type { AnalysedBatch, AnalysedFile, Batch } from '../analysis.ts'
import { analyseFile } from './analyse-file.ts'
import { collectVectors } from './collect-vectors.ts'
import { packed } from './packed-batch.ts'

/** What a thread says: that it has started, what became of a batch, or that no batch can succeed. */
export type ThreadMessage =
  | { readonly ready: true }
  | { readonly batch: AnalysedBatch }
  | { readonly fault: { readonly message: string; readonly remedy: string } }

async function analyse(batch: Batch): Promise<AnalysedBatch> {
  const vectors = batch.vectors ? collectVectors(loadOwnModel()) : undefined
  const segment = createSegmentBuilder(vectors?.listener)
  const files: AnalysedFile[] = []
  for (const file of batch.files) {
    files.push(
      await analyseFile(batch, file, (document) => {
        const number = segment.add(document)
        vectors?.end(number)
        return number
      }),
    )
  }
  if (!files.some((file) => file.outcome === 'analysed')) return { files }
  return { files, segment: segment.build(), ...(vectors && { vectors: vectors.packed() }) }
}

// Any other error ends the thread: a parser that has failed is not to be trusted with the next file.
async function answer(batch: Batch): Promise<void> {
  try {
    const { batch: answered, buffer } = packed(await analyse(batch))
    tell({ batch: answered }, [buffer])
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    tell({ fault: { message: error.message, remedy: error.remedy } })
  }
}

function tell(message: ThreadMessage, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

parentPort?.on('message', (batch: Batch) => void answer(batch))
tell({ ready: true })
