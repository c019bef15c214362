import type { OwnModel } from '../../service/embedding/own-model.ts'
import { embeddedText } from '../../service/indexing/embeddings/embedded-text.ts'
import { hashedVector, wordsOf } from './hashed-vector.ts'

/** Returns a model like the package's own: texts that share words are close, and a text without words has no vector. */
export function fakeOwnModel(name = 'static-fake', dimensions = 32): OwnModel {
  const vectorOf = (text: string) =>
    wordsOf(text).length === 0 ? undefined : Float32Array.from(hashedVector(text, dimensions))
  return {
    name,
    dimensions,
    questionVector: vectorOf,
    documentVector: ({ text, symbol }) => vectorOf(embeddedText(text, symbol)),
  }
}
