import type { ParsedQuery, WantedDefinition } from '../lexical/query-terms.ts'
import type { TableFile, TableSegment } from './file-table.ts'
import { inTurns } from './in-turns.ts'
import { isValue, type LexicalAnswer } from './lexical-scoring.ts'

interface Found {
  readonly file: TableFile
  readonly document: number
  /** How close its name is to the wanted one. */
  readonly level: number
  readonly isValue: boolean
}

/** Added if the file or its folder is named like the owner in the query. */
const OWNER_BY_PATH = 0.6
/** Added if the file mentions the owner. */
const OWNER_NAMED = 0.3
/** Added if the file's name begins like the owner, as `context` does for the variable in `c.json`. */
const OWNER_SHORT = 0.15
/** Added unless the file is a test, example or another secondary file. */
const PRIMARY = 0.1

/** Documents, by file. */
type Documents = ReadonlyMap<TableFile, readonly number[]>

/** Documents that answer a query for a single name. */
export interface NamedDocuments {
  readonly documents: Documents
  /** Whether they define the name. Otherwise nothing does, and they use it. */
  readonly define: boolean
}

/** Returns the documents that define the single name in the query or, if nothing defines it, those that use it. */
export async function namedDocuments(
  segments: readonly TableSegment[],
  lexical: LexicalAnswer,
  query: ParsedQuery,
): Promise<NamedDocuments> {
  const definitions = await bestDefinitions(segments, lexical, query)
  if (definitions.size > 0) return { documents: definitions, define: true }
  const found: Pick<Found, 'file' | 'document'>[] = []
  const find = ({ id, files }: TableSegment) => {
    for (const document of lexical.uses.get(id) ?? []) {
      const file = fileOf(files, document)
      if (file !== undefined) found.push({ file, document })
    }
  }
  await inTurns(segments, find, { atOnce: 1 })
  return { documents: byFile(found), define: false }
}

function byFile(found: readonly Pick<Found, 'file' | 'document'>[]): Documents {
  const files = Map.groupBy(found, ({ file }) => file)
  return new Map(Array.from(files, ([file, ofFile]) => [file, ofFile.map(({ document }) => document)]))
}

/** Returns those with the closest names, in the most important files. */
async function bestDefinitions(
  segments: readonly TableSegment[],
  lexical: LexicalAnswer,
  { wanted }: ParsedQuery,
): Promise<Documents> {
  if (wanted === undefined) return new Map()
  const extra = extraFor(wanted, lexical)
  const found: Found[] = []
  const find = ({ id, files }: TableSegment) => {
    for (const [document, as] of lexical.definitions.get(id) ?? []) {
      const file = fileOf(files, document)
      // A heading mentions a name but does not define it.
      if (file === undefined || file.facts.kinds.includes('documentation')) continue
      found.push({ file, document, level: as + extra(file, id), isValue: isValue(as) })
    }
  }
  await inTurns(segments, find, { atOnce: 1 })
  const best = found.reduce((top, { level }) => Math.max(top, level), 0)
  const nearest = found.filter(({ level }) => level === best)
  const mayBeFiles = best > 0 && nearest.every((each) => each.isValue)
  return byFile([...nearest, ...(mayBeFiles ? await namesakes(segments, lexical, wanted) : [])])
}

/**
 * Returns files named like the plain word in the query, with their best documents, because they may be what is meant.
 */
async function namesakes(segments: readonly TableSegment[], lexical: LexicalAnswer, { plain }: WantedDefinition) {
  const found: Pick<Found, 'file' | 'document'>[] = []
  if (plain === undefined) return found
  const find = ({ id, files }: TableSegment) => {
    const scores = lexical.segments.get(id)?.scores
    for (const file of files) {
      if (!file.row.path.toLowerCase().includes(plain) || !isNamed(file, plain)) continue
      found.push({ file, document: bestDocument(file, scores) })
    }
  }
  await inTurns(segments, find, { atOnce: 1 })
  return found
}

const isNamed = ({ facts }: TableFile, plain: string) => facts.whole === plain && facts.kinds.length === 0

function bestDocument({ row: { firstDocument, documents } }: TableFile, scores: Float32Array | undefined): number {
  let best = firstDocument
  for (let at = firstDocument; at < firstDocument + documents; at++) {
    if ((scores?.[at] ?? 0) > (scores?.[best] ?? 0)) best = at
  }
  return best
}

function extraFor({ owner }: WantedDefinition, { segments, words }: LexicalAnswer) {
  const bits = words.reduce((all, { stem }, bit) => (owner?.words.includes(stem) ? all | (1 << bit) : all), 0)
  return (file: TableFile, segmentId: number): number => {
    const { kinds, whole, folders } = file.facts
    const primary = kinds.length === 0 ? PRIMARY : 0
    if (owner === undefined) return primary
    if (whole === owner.whole || folders.has(owner.whole)) return primary + OWNER_BY_PATH
    const { firstDocument, documents } = file.row
    const ofFile = segments.get(segmentId)?.words.subarray(firstDocument, firstDocument + documents)
    const held = ofFile?.reduce((all, each) => all | each, 0) ?? 0
    const mentions = bits !== 0 && (held & bits) === bits
    return primary + (mentions ? OWNER_NAMED : 0) + (whole.startsWith(owner.whole) ? OWNER_SHORT : 0)
  }
}

/** Finds a document's file among files sorted by first document. Returns undefined if the file is not visible. */
export function fileOf(files: readonly TableFile[], document: number): TableFile | undefined {
  let low = 0
  let high = files.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((files[middle] as TableFile).row.firstDocument <= document) low = middle + 1
    else high = middle
  }
  const file = files[low - 1]
  return file !== undefined && document < file.row.firstDocument + file.row.documents ? file : undefined
}
