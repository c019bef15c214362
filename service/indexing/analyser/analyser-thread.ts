import { loadOwnModel } from '../../embedding/own-model.ts'
import { createSegmentBuilder } from '../../lexical/segment-builder.ts'
import { doTasks } from '../../threads/script.ts'
import type { AnalysedBatch, AnalysedFile, Batch } from '../analysis.ts'
import { analyseFile } from './analyse-file.ts'
import { collectVectors } from './collect-vectors.ts'
import { packed } from './packed-batch.ts'

async function analyse(batch: Batch, fileDone: () => void): Promise<AnalysedBatch> {
  const vectors = batch.vectors ? collectVectors(loadOwnModel()) : undefined
  const segment = createSegmentBuilder(vectors?.listener)
  const files: AnalysedFile[] = []
  for (const file of batch.files) {
    files.push(
      await analyseFile(batch, file, {
        add: (document) => {
          const number = segment.add(document)
          vectors?.end(number)
          return number
        },
        addText: (text, firstDocument) => segment.addText(text, firstDocument),
      }),
    )
    fileDone()
  }
  if (!files.some((file) => file.outcome === 'analysed')) return { files }
  return { files, segment: segment.build(), ...(vectors && { vectors: vectors.packed() }) }
}

// A parser that has failed is not to be trusted with the next file: what is no fault ends the thread.
doTasks(async (batch: Batch, fileDone) => {
  const { batch: answer, buffer } = packed(await analyse(batch, fileDone))
  return { answer, transfer: [buffer] }
})
