import type { PackagedModel } from '../../embedding/own-model.ts'
import type { TokenListener } from '../../lexical/index-format.ts'
import { type PackedVectors, packVectors } from '../../vectors/packed-vectors.ts'

/** The vectors of a segment's documents: listens to the tokens of each, and is told when it ends. */
export function collectVectors(model: Pick<PackagedModel, 'documentVectors'>) {
  const collected = model.documentVectors()
  const documents: number[] = []
  const vectors: Float32Array[] = []
  const listener: TokenListener<readonly number[]> = {
    know: (token) => collected.rowsOf(token),
    hear: (field, rows) => collected.addRows(field, rows),
  }
  return {
    listener: listener as TokenListener,
    /** A document that the model knows no token of has no vector. */
    end: (document: number): void => {
      const vector = collected.end()
      if (vector === undefined) return
      documents.push(document)
      vectors.push(vector)
    },
    packed: (): PackedVectors => packVectors(documents, vectors),
  }
}
