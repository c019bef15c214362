import type { OwnModel } from '../../embedding/own-model.ts'
import type { LexicalDocument } from '../../lexical/index-format.ts'
import { type PackedVectors, packVectors } from '../../vectors/packed-vectors.ts'

/** Collects the vectors of a segment's documents; one that the model knows no token of has none. */
export function collectVectors(model: Pick<OwnModel, 'documentVector'>) {
  const documents: number[] = []
  const vectors: Float32Array[] = []
  return {
    add: (number: number, document: LexicalDocument): void => {
      const vector = model.documentVector(document)
      if (vector === undefined) return
      documents.push(number)
      vectors.push(vector)
    },
    packed: (): PackedVectors => packVectors(documents, vectors),
  }
}
