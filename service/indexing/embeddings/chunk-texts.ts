import { readContents } from '../../store/contents.ts'
import type { Sql } from '../../store/database.ts'
import type { ChunkToEmbed } from '../../store/segment-vectors.ts'

export interface ChunkText extends ChunkToEmbed {
  readonly text: string
}

/** Returns the chunks with their texts. A missing content belongs to a repository that was just removed. */
export async function withTexts(sql: Sql, chunks: readonly ChunkToEmbed[]): Promise<ChunkText[]> {
  const contents = await readContents(sql, [...new Set(chunks.map(({ contentHash }) => contentHash))])
  const lines = new Map([...contents].map(([hash, text]) => [hash, text.split('\n')]))
  return chunks.flatMap((chunk) => {
    const text = lines
      .get(chunk.contentHash)
      ?.slice(chunk.startLine - 1, chunk.endLine)
      .join('\n')
    return text === undefined ? [] : [{ ...chunk, text }]
  })
}
