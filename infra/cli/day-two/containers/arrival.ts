import { once } from 'node:events'
import { PassThrough } from 'node:stream'

/** What several sources give, as it comes; ends with the last of them. */
export function inArrival<Item>(sources: readonly AsyncIterable<Item>[]): AsyncIterable<Item> {
  const merged = new PassThrough({ objectMode: true })
  const pour = async (source: AsyncIterable<Item>) => {
    for await (const item of source) {
      if (merged.destroyed) return
      if (!merged.write(item)) await once(merged, 'drain')
    }
  }
  void Promise.all(sources.map(pour)).then(
    () => merged.end(),
    (error: Error) => merged.destroy(error),
  )
  return merged
}
