import { createHash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { pino } from 'pino'
import { embeddedText } from '../../../service/indexing/embeddings/embedded-text.ts'
import type { SegmentBuilder } from '../../../service/lexical/index-format.ts'
import { createSegmentBuilder } from '../../../service/lexical/segment-builder.ts'
import type { Database } from '../../../service/store/database.ts'
import { insertBatch, publish } from '../../../service/store/generations.ts'

export { emptyDatabase } from '../../fakes/embedded-database.ts'

export const silent = pino({ level: 'silent' })

/** A test file, with a single chunk unless `cuts` says otherwise. */
export interface TestFile {
  readonly path: string
  readonly text: string
  readonly language?: string
  readonly symbol?: string
  /** Names of additional values that the first chunk defines. */
  readonly values?: readonly string[]
  /** First lines of the chunks after the first, counted from 1. */
  readonly cuts?: readonly number[]
}

/**
 * Adds files to a repository in one segment and publishes them as its next generation. Returns the id of the
 * repository.
 */
export async function addFiles(database: Database, name: string, files: readonly TestFile[], removed: string[] = []) {
  const [row] = await database.query<{ id: number; generation: number }>(
    `insert into repository (name, source) values ($1, $1)
     on conflict (name) do update set name = excluded.name returning id, generation`,
    [name],
  )
  const repository = { id: row?.id ?? 0, generation: (row?.generation ?? 0) + 1 }
  const builder = createSegmentBuilder()
  const analysed = files.map((file) => analyse(file, builder))
  await database.transaction(async (sql) => {
    const segment = await insertBatch(sql, repository, builder.build(), analysed)
    await publish(
      sql,
      repository,
      { segments: [segment], removed },
      { commit: `${name}-${repository.generation}`, skipped: {} },
    )
  })
  return repository.id
}

function analyse(file: TestFile, builder: SegmentBuilder) {
  const { path, text, language = 'typescript', symbol, values = [], cuts = [] } = file
  const lines = text.split('\n')
  const starts = [1, ...cuts]
  const numbered = starts.map((startLine, at) => {
    const endLine = (starts[at + 1] ?? lines.length + 1) - 1
    const chunk = lines.slice(startLine - 1, endLine).join('\n')
    const names = [...(symbol === undefined ? [] : [symbol]), ...values]
    const document = builder.add({
      path,
      language,
      text: chunk,
      definitions: names,
      values: new Set(values),
      ...(symbol === undefined ? {} : { symbol }),
    })
    return {
      document,
      startLine,
      endLine,
      kind: 'lines',
      definitions: names.map((name) => ({ symbol: name, line: startLine })),
      hash: sha256(embeddedText(chunk, symbol)),
      ...(symbol === undefined ? {} : { symbol }),
    }
  })
  builder.addText(text, numbered[0]?.document ?? 0)
  return {
    path,
    stamp: '1',
    language,
    hash: sha256(text),
    bytes: Buffer.byteLength(text),
    lines: lines.length,
    zstd: zstdCompressSync(text),
    firstDocument: numbered[0]?.document ?? 0,
    chunks: numbered,
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest()
