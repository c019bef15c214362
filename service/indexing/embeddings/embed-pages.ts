import type { ChunkPlace } from '../../store/chunks.ts'
import { readContents } from '../../store/contents.ts'
import type { Sql } from '../../store/database.ts'
import { type ChunkToEmbed, chunksWithoutEmbedding } from '../../store/embeddings.ts'
import type { RepositoryAt } from '../../store/visibility.ts'

export interface TextToEmbed {
  /** SHA-256 of the text, in hex. */
  readonly hash: string
  readonly text: string
}

const CHUNKS_A_PAGE = 512

/** The different texts without a vector, in groups; `modelId` is asked again for each page. */
export async function* textsWithoutEmbedding(
  sql: Sql,
  repository: RepositoryAt,
  modelId: () => number,
  groupSize: number,
): AsyncGenerator<TextToEmbed[]> {
  let after: ChunkPlace = { segmentId: 0, document: -1 }
  let taken = new Set<string>()
  for (;;) {
    const page = await chunksWithoutEmbedding(sql, { modelId: modelId(), repository, after, limit: CHUNKS_A_PAGE })
    const last = page.at(-1)
    if (last === undefined) return
    after = last
    const fresh = firstOfEachText(page, taken)
    // What was taken two pages ago has its vector, or lost it to a failure and may be taken again.
    taken = new Set(page.map(({ hash }) => hash))
    const texts = await readTexts(sql, fresh)
    for (let start = 0; start < texts.length; start += groupSize) yield texts.slice(start, start + groupSize)
  }
}

function firstOfEachText(page: readonly ChunkToEmbed[], taken: ReadonlySet<string>): ChunkToEmbed[] {
  const first = new Map<string, ChunkToEmbed>()
  for (const chunk of page) if (!taken.has(chunk.hash) && !first.has(chunk.hash)) first.set(chunk.hash, chunk)
  return [...first.values()]
}

async function readTexts(sql: Sql, chunks: readonly ChunkToEmbed[]): Promise<TextToEmbed[]> {
  const contents = await readContents(sql, [...new Set(chunks.map(({ contentHash }) => contentHash))])
  const lines = new Map([...contents].map(([hash, text]) => [hash, text.split('\n')]))
  return chunks.flatMap(({ hash, contentHash, startLine, endLine }) => {
    const text = lines
      .get(contentHash)
      ?.slice(startLine - 1, endLine)
      .join('\n')
    // A content that vanished belongs to a repository that was just removed.
    return text === undefined ? [] : [{ hash, text }]
  })
}
