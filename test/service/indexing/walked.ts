import { type Found, walk } from '../../../service/indexing/files/walker.ts'

/** All that a walk finds. */
export async function walked(root: string, maxFileBytes: number, signal?: AbortSignal): Promise<Found[]> {
  const all: Found[] = []
  for await (const found of walk(root, { maxFileBytes }, signal)) all.push(found)
  return all
}
