import { setImmediate as otherWork } from 'node:timers/promises'
import { termsWithPrefix } from '../lexical/postings.ts'
import { definitionTerm, exactDefinitionTerm, memberTerm, nameWordTerm, normalName, wordsOf } from '../lexical/terms.ts'
import { operatorIn, partsOfName } from '../lexical/written-name.ts'
import { type ChunkRow, chunksAt, type DefinedName } from '../store/chunks.ts'
import type { Database } from '../store/database.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { blocksWithPrefix } from '../store/segments.ts'
import type { SymbolAnswer, SymbolRequest } from './contract.ts'
import { definedIn, signatureOf } from './defined-names.ts'
import { fileOf } from './definitions.ts'
import type { TableFile } from './file-table.ts'
import { freshnessOf, noteOf } from './freshness.ts'
import type { IndexReader, IndexView } from './index-reader.ts'
import { whyNothingIsLeft } from './nothing-left.ts'
import { openTexts } from './stored-text.ts'
import { untilSettled } from './until-settled.ts'

interface Parts {
  readonly database: Database
  readonly reader: IndexReader
}

/** A definition with its file. */
interface Found {
  readonly file: TableFile
  readonly definition: DefinedName
}

/** How close a definition's name is to the wanted one, best last. Values below 1 are only similar. */
const LEVELS = { beginsSo: 0.1, elsewhere: 0.2, byItsOwner: 1, inAnyCase: 2, byItsFile: 3, exactly: 4 } as const

interface Wanted {
  /** The owners and the name itself. */
  readonly parts: readonly string[]
  /** All of it, where blanks may be part of the name: of a heading, of a test. */
  readonly whole?: string
}

function wantedBy(written: string): Wanted {
  const parts = partsOfName(written)
  return /\S\s+\S/.test(written) && operatorIn(written) === undefined
    ? { parts, whole: normalName(written) }
    : { parts }
}

const isNamed = ({ definition }: Found, { parts, whole }: Wanted) => {
  const name = normalName(lastName(definition))
  return name === normalName(parts.at(-1) as string) || name === whole
}

/** Maximum number of chunks to examine. A name with more definitions is not one that anybody could mean. */
const MOST_CHUNKS = 5000
const CHUNKS_AT_ONCE = 1000
const MOST_NEAR_NAMES = 30
const MOST_BLOCKS = 100
const SHORTEST_BEGINNING = 3

/** Finds where a name is defined, closest names first. If nothing has the name, returns similar ones. */
export async function findSymbols(parts: Parts, request: SymbolRequest): Promise<SymbolAnswer> {
  const wanted = wantedBy(request.name)
  return untilSettled(async () => {
    const { found, repositories, isEmpty } = (await named(parts, request, wanted)) ?? {}
    if (found === undefined || repositories === undefined) return undefined
    const shown = found.slice(request.offset, request.offset + request.limit)
    const texts = await openTexts(
      parts.database,
      shown.map(({ file }) => file.row.contentHash),
    )
    if (shown.some(({ file }) => !texts.has(file.row.contentHash))) return undefined
    const names = new Map(repositories.map(({ id, name }) => [id, name]))
    return {
      definitions: shown.map(({ file: { row }, definition: { symbol, kind, line, endLine } }) => {
        const text = texts.get(row.contentHash)
        return {
          repository: names.get(row.repositoryId) ?? '',
          path: row.path,
          language: row.language,
          symbol,
          ...(kind !== undefined && { kind }),
          startLine: line,
          endLine: endLine ?? line,
          signature: text === undefined ? '' : signatureOf(text, line),
        }
      }),
      total: found.length,
      near: found.length > 0 && levelOf(found[0] as Found, wanted) < 1,
      ...noteOf([
        found.length === 0 && isEmpty ? await whyNothingIsLeft(parts.database, request) : undefined,
        freshnessOf(repositories),
      ]),
    }
  })
}

/** The name itself of one that may be written with its owners: of `Model.save()` it is `save`. */
export const ownName = (written: string): string => partsOfName(written).at(-1) as string

interface Answered {
  readonly found: readonly Found[]
  readonly repositories: readonly RepositoryRow[]
  /** Whether no file matches the filter. */
  readonly isEmpty?: boolean
}

async function named(parts: Parts, request: SymbolRequest, wanted: Wanted): Promise<Answered | undefined> {
  const name = wanted.parts.at(-1) as string
  const whole = wanted.whole === undefined ? [] : [definitionTerm(wanted.whole)]
  const owner = wanted.parts.at(-2)
  const member = owner === undefined ? [] : [memberTerm(owner, name)]
  const plain = exactDefinitionTerm(name.replace(SIGIL, ''))
  const terms = [...new Set([definitionTerm(name), exactDefinitionTerm(name), plain, ...member, ...whole])]
  const view = await parts.reader.view(request, () => terms)
  const repositories = await view.confirmed
  const all = await definitionsBy(parts.database, view, terms)
  if (repositories === undefined || all === undefined) return undefined
  const own = best(
    all.filter((each) => isNamed(each, wanted)),
    wanted,
  )
  if (own.length > 0) return { found: own, repositories }
  if (view.files === 0) return { found: [], repositories, isEmpty: true }
  if (!ANY_LETTER.test(name)) return { found: [], repositories }
  // Of `module.vpc.subnet_id` and the like, the last part may be defined elsewhere.
  const around = wanted.parts.length > 2 ? await named(parts, request, { parts: wanted.parts.slice(0, -1) }) : undefined
  if (around?.found[0] !== undefined && isNamed(around.found[0], { parts: wanted.parts.slice(0, -1) })) return around
  return beginningSo(parts, request, name, repositories)
}

/** A sign before the names of variables, which their declarations may lack. */
const SIGIL = /^[$@%#?]+(?=[\p{L}_])/u
const ANY_LETTER = /[\p{L}\p{N}]/u

/** Returns definitions whose names begin like this one, shortening the beginning down to half of the name. */
async function beginningSo(
  parts: Parts,
  request: SymbolRequest,
  name: string,
  seen: readonly RepositoryRow[],
): Promise<Answered | undefined> {
  const whole = normalName(name)
  const beginning = whole.slice(0, Math.max(SHORTEST_BEGINNING, Math.ceil(whole.length / 2)))
  const terms = await namesWith(parts, request, beginning, whole)
  const view = await parts.reader.view(request, () => terms)
  const repositories = await view.confirmed
  const found = await definitionsBy(parts.database, view, terms)
  const containing = await containingIt(parts, request, name)
  if (repositories === undefined || found === undefined || containing === undefined) return undefined
  const sharedBy = ({ definition }: Found) => shared(normalName(lastName(definition)), whole)
  const most = found.reduce((longest, each) => Math.max(longest, sharedBy(each)), beginning.length)
  const beginningMost = found.filter((each) => sharedBy(each) === most)
  const near = containing.length > 0 ? containing : beginningMost
  return { found: best(near, { parts: [name] }), repositories: near.length > 0 ? repositories : seen }
}

/** Returns definitions whose names contain this one, for `Service` also `OrderService`. */
async function containingIt(parts: Parts, request: SymbolRequest, name: string): Promise<Found[] | undefined> {
  const words = wordsOf(name).map(nameWordTerm)
  const view = await parts.reader.view(request, () => words)
  const [rarest] = words.toSorted((one, other) => documentsWith(view, one) - documentsWith(view, other))
  const found = rarest === undefined ? [] : await definitionsBy(parts.database, view, [rarest])
  const whole = normalName(name)
  return found?.filter(({ definition }) => normalName(lastName(definition)).includes(whole))
}

const documentsWith = (view: IndexView, term: string) =>
  view.segments.reduce((sum, { id }) => sum + view.postings(id, term).documents.length, 0)

/**
 * Returns the terms of definitions with this beginning. Those that share most with the whole come first, then the
 * shortest.
 */
async function namesWith(
  { database, reader }: Parts,
  request: SymbolRequest,
  beginning: string,
  whole: string,
): Promise<string[]> {
  const { segments } = await reader.view(request, () => [])
  const ids = segments.map(({ id }) => id)
  const blocks = await blocksWithPrefix(database, ids, definitionTerm(beginning), MOST_BLOCKS)
  const terms = new Set(blocks.flatMap((data) => termsWithPrefix(data, definitionTerm(beginning))))
  const wanted = definitionTerm(whole)
  return [...terms]
    .toSorted((a, b) => shared(b, wanted) - shared(a, wanted) || a.length - b.length)
    .slice(0, MOST_NEAR_NAMES)
}

/** Returns the length of the common prefix of two texts. */
function shared(one: string, other: string): number {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return at
}

/** Returns the definitions in chunks with one of the terms, or undefined if a chunk was deleted meanwhile. */
async function definitionsBy(
  database: Database,
  view: IndexView,
  terms: readonly string[],
): Promise<Found[] | undefined> {
  const places = view.segments
    .flatMap(({ id, files }) => {
      const documents = new Set(terms.flatMap((term) => [...view.postings(id, term).documents]))
      return [...documents].flatMap((document) => {
        const file = fileOf(files, document)
        return file === undefined ? [] : [{ segmentId: id, document, file }]
      })
    })
    .slice(0, MOST_CHUNKS)
  const byFile = new Map<TableFile, ChunkRow[]>()
  for (let at = 0; at < places.length; at += CHUNKS_AT_ONCE) {
    const some = places.slice(at, at + CHUNKS_AT_ONCE)
    const rows = await chunksAt(database, some)
    if (rows.length < some.length) return undefined
    const files = new Map(some.map((place) => [`${place.segmentId}:${place.document}`, place.file]))
    for (const row of rows) {
      const file = files.get(`${row.segmentId}:${row.document}`)
      if (file !== undefined) byFile.set(file, [...(byFile.get(file) ?? []), row])
    }
    await otherWork()
  }
  return [...byFile].flatMap(([file, rows]) => definedIn(rows).map((definition) => ({ file, definition })))
}

/** Returns the definitions with the closest names: product code first, then by path. */
function best(found: readonly Found[], wanted: Wanted): Found[] {
  const levels = new Map(found.map((each) => [each, levelOf(each, wanted)]))
  const top = Math.max(...levels.values())
  const level = (each: Found) => levels.get(each) as number
  const kept = top >= 1 ? found.filter((each) => level(each) === top) : [...found]
  const rank = ({ file, definition }: Found) => (isSecondary(file) ? 2 : 0) + (isLesser(definition) ? 1 : 0)
  return kept.toSorted(
    (a, b) =>
      level(b) - level(a) ||
      rank(a) - rank(b) ||
      lastName(a.definition).length - lastName(b.definition).length ||
      compare(a.file.row.path, b.file.row.path) ||
      a.definition.line - b.definition.line,
  )
}

/** Kinds that say where a name is mentioned, rather than what it does. */
const LESSER_KINDS: ReadonlySet<string> = new Set(['section', 'key', 'declaration'])

/** Whether it only mentions the name, or is the constructor of a type that has the name too. */
function isLesser({ symbol, kind = '' }: DefinedName): boolean {
  const [own, owner] = symbol.split('.').toReversed()
  return LESSER_KINDS.has(kind) || own === owner
}

const isSecondary = ({ facts }: TableFile) => facts.kinds.length > 0
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const lastName = ({ symbol }: DefinedName) => symbol.slice(symbol.lastIndexOf('.') + 1)

function levelOf({ file, definition }: Found, wanted: Wanted): number {
  const owners = wanted.parts.slice(0, -1)
  const name = wanted.parts.at(-1) as string
  const parts = definition.symbol.split('.')
  const own = parts.at(-1) ?? ''
  if (normalName(own) === wanted.whole) return LEVELS.exactly
  if (normalName(own) !== normalName(name)) return LEVELS.beginsSo
  const isExact = own === name
  if (owners.length === 0) return isExact ? LEVELS.exactly : LEVELS.inAnyCase
  if (parts.slice(-wanted.parts.length).join('.') === wanted.parts.join('.')) return LEVELS.exactly
  const isAmong = (places: readonly string[]) => (owner: string) =>
    places.some((place) => normalName(place) === normalName(owner))
  if (owners.every(isAmong(parts))) return LEVELS.inAnyCase
  const folders = file.row.path.split('/').map((part) => part.replace(/\.[^.]+$/, ''))
  if (!isExact) return LEVELS.elsewhere
  if (owners.every(isAmong([...folders, ...parts]))) return LEVELS.byItsFile
  // The outer owners may be packages that no folder is named for.
  const isOfInner = owners.length > 1 && owners.slice(-1).every(isAmong([...folders.slice(-2), ...parts.slice(-2, -1)]))
  return isOfInner ? LEVELS.byItsOwner : LEVELS.elsewhere
}
