import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readRegularFile } from '../../indexing/files/regular-file.ts'
import { sourceText } from '../../indexing/files/source-text.ts'
import { kindsOfPath } from '../../search/paths/path-kind.ts'
import { removeDocComments } from './doc-comments.ts'
import type { Question } from './questions.ts'
import { questionOf } from './sentence.ts'

/**
 * Copies the files to `to` without doc comments, which would otherwise answer the questions made from them. Returns the
 * first sentences above functions, if each stands above one function only.
 */
export async function copyUndocumented(
  { from, to }: { readonly from: string; readonly to: string },
  paths: readonly string[],
  maxFileBytes: number,
): Promise<Question[]> {
  const found: Question[] = []
  for (const path of paths) {
    const read = readRegularFile(join(from, path), maxFileBytes)
    if ('fault' in read) continue
    const source = await sourceText(read.bytes)
    const undocumented = source && (await removeDocComments(path, source.lines.text))
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), undocumented?.text ?? read.bytes)
    if (undocumented === undefined || kindsOfPath(path).length > 0) continue
    for (const { comment, name, line } of undocumented.functions) {
      const query = questionOf(comment, name)
      if (query !== undefined) found.push({ query, group: 'doc comments', relevant: [path], line })
    }
  }
  const bySentence = Map.groupBy(found, ({ query }) => query.toLowerCase())
  return [...bySentence.values()].flatMap((same) => (same.length === 1 ? same : []))
}
