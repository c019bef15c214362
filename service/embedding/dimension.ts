import { Fault } from '../errors.ts'

/** @throws Fault `embedding_model_dimension` if a vector cannot be compared with those in the index */
export function assertDimensions(model: string, stored: number, vector: Float32Array): void {
  if (vector.length === stored) return
  throw new Fault(
    'embedding_model_dimension',
    `The model ${model} gives vectors of ${vector.length} dimensions, but the index holds vectors of ${stored} under this name`,
    'Have Ollama serve the model that the index was made with, or give the new model another name and set EMBEDDING_MODEL to it',
  )
}
