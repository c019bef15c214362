import { languagesNamed } from '../indexing/files/language-names.ts'
import type { FilterInput } from './filter.ts'

/** The words of a question, and the filters in it. */
export interface NarrowedQuery {
  readonly query: string
  readonly filter: Omit<FilterInput, 'path'>
  /** Paths in the notation of the field `path`. Files must match all of them. */
  readonly within: readonly string[]
}

/** A longer text, or one with several lines, is code or a message, in which a colon means something else. */
const LONGEST_QUERY = 500
const TERM =
  /(?<=^|[\s(])(?<no>-|!|NOT\s+)?(?<key>[a-z]+):(?!\/\/)(?:"(?<quoted>[^"]+)"|'(?<single>[^']+)'|(?<plain>(?:[^\s"'(),;{}]|[,{}](?=[^\s"'();])|\([^\s()]*\))+))(?=\)*(?:$|\s))/g
const FIELDS: Readonly<Record<string, keyof Parts>> = {
  lang: 'languages',
  language: 'languages',
  file: 'paths',
  f: 'paths',
  path: 'paths',
  filename: 'names',
  extension: 'endings',
  ext: 'endings',
  repo: 'repositories',
  r: 'repositories',
  repository: 'repositories',
  sym: 'words',
  symbol: 'words',
  defs: 'words',
  refs: 'words',
  full: 'words',
  content: 'words',
}
/** Settings of other tools that say how to search, not what to look for. */
const SETTING =
  /^(?:case:(?:yes|no|auto)|count:(?:\d+|all)|patterntype:[a-z]+|type:(?:symbol|file|path|repo|content|code|filename)|(?:archived|fork):(?:yes|no|only|true|false)|select:[\w.]+|context:global)$/i

interface Parts {
  readonly languages: Given[]
  readonly paths: Given[]
  readonly names: Given[]
  readonly endings: Given[]
  readonly repositories: Given[]
  readonly words: Given[]
}

interface Given {
  readonly value: string
  readonly isUnwanted: boolean
}

/**
 * Parses a question with filters of other search tools: `lang:go -file:_test parse "exact text"`. Returns undefined if
 * it has none, as in plain words or in code with such a word before a colon.
 */
export function narrowedQuery(query: string): NarrowedQuery | undefined {
  if (query.length > LONGEST_QUERY || !/:\S|\b(?:AND|OR|NOT)\b/.test(query) || query.includes('\n')) return undefined
  const parts: Parts = { languages: [], paths: [], names: [], endings: [], repositories: [], words: [] }
  const rest = query.replace(TERM, (term, no: string | undefined, key: string, quoted, single, plain) => {
    const value: string = quoted ?? single ?? plain
    if (SETTING.test(term)) return ''
    const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined
    if (field === undefined || !isUsable(field, value, no)) return term
    parts[field].push({ value, isUnwanted: no !== undefined })
    return field === 'words' ? value : ''
  })
  const words = withoutOperators(rest)
  if (words === query) return undefined
  const { wanted = [], unwanted = [] } = Object.groupBy(parts.repositories, ({ isUnwanted }) =>
    isUnwanted ? 'unwanted' : 'wanted',
  )
  const repository = wanted[0] === undefined ? listedOut(unwanted) : repositoryIn(wanted[0].value)
  return {
    query: words === '' ? everyValue(parts) : words,
    filter: {
      ...(repository !== '' && { repository }),
      ...(parts.languages.length > 0 && { language: listed(parts.languages) }),
    },
    within: pathsIn(parts, /\bOR\b/.test(query)),
  }
}

/** What cannot be a filter stays a word of the question. */
function isUsable(field: keyof Parts, value: string, no: string | undefined): boolean {
  if (field === 'words') return no === undefined
  if (field !== 'languages') return true
  try {
    return languagesNamed(value) !== undefined
  } catch {
    return false
  }
}

const listed = (given: readonly Given[]) =>
  given.map(({ value, isUnwanted }) => `${isUnwanted ? '!' : ''}${value}`).join(',')

const listedOut = (unwanted: readonly Given[]) => unwanted.map(({ value }) => `!${repositoryIn(value)}`).join(',')

/** `^github\.com/owner/name$@main` becomes `owner/name`. */
function repositoryIn(value: string): string {
  return value
    .replace(/^\^|\$$|@[^@/]*$/g, '')
    .replace(/\$$/, '')
    .replace(/\\(.)/g, '$1')
    .replace(/^(?:[\w-]+\.)+[a-z]+\/(?=[^/]+\/[^/]+$)/, '')
}

function pathsIn({ paths, names, endings }: Parts, isAny: boolean): string[] {
  const globs = [
    ...paths.map(({ value, isUnwanted }) => ({ value: globOf(value), isUnwanted })),
    ...names.map(({ value, isUnwanted }) => ({ value: escaped(value), isUnwanted })),
    ...endings.map(({ value, isUnwanted }) => ({ value: `*.${value.replace(/^\./, '')}`, isUnwanted })),
  ]
  const { wanted = [], unwanted = [] } = Object.groupBy(globs, ({ isUnwanted }) => (isUnwanted ? 'unwanted' : 'wanted'))
  const values = wanted.map(({ value }) => value)
  return [
    ...(isAny && values.length > 0 ? [values.join(',')] : values),
    ...(unwanted.length > 0 ? [listed(unwanted)] : []),
  ]
}

const escaped = (value: string) => value.replaceAll(',', '\\,')

/** Converts a part of a path, or a regular expression as in Zoekt and Sourcegraph, to a glob. GitHub's globs stay. */
function globOf(value: string): string {
  const isExpression = /[\\^$]|\.[*+]|\([^)]*\|/.test(value)
  if (!isExpression && /[*?]/.test(value)) return escaped(value)
  const isWhole = { start: /^[\^/]/.test(value), end: isExpression && value.endsWith('$') }
  const text = value
    .replace(/^\^?\/?|\$$/g, '')
    .replace(/\.[*+]\??/g, '**')
    .replace(/\\(.)/g, '$1')
    .replace(/\((?:\?:)?([^()]*\|[^()]*)\)/g, (_, inner: string) => `{${inner.replaceAll('|', ',')}}`)
  const glob = text.includes('{') ? text : escaped(text)
  return `${isWhole.start ? '' : '**'}${glob}${isWhole.end ? '' : '**'}`
}

const IN_SQL = /\b(?:SELECT|FROM|WHERE|IF|WHEN|ON|NULL)\b/

/** Removes operators between words, because each word of a question counts on its own. */
function withoutOperators(text: string): string {
  const isJoined = /(?<=^|[\s(])(?:AND|OR|NOT)(?=[\s(])/.test(text) && !IN_SQL.test(text)
  const plain = isJoined
    ? text
        .replace(/(?<=^|[\s(])NOT\s+(?:"[^"]*"|[^\s()]+)/g, ' ')
        .replace(/(?<=^|[\s()])(?:AND|OR|NOT)(?=$|[\s()])/g, ' ')
        .replace(/(?<=^|\s)\(+|\)+(?=$|\s)/g, ' ')
        .replace(/"([\w.:]+)"/g, '$1')
    : text
  return plain
    .replace(/\(\s*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Returns the values of all filters, for a question without other words. */
function everyValue({ paths, names, languages, endings, repositories }: Parts): string {
  const given = [...paths, ...names, ...languages, ...endings, ...repositories]
  return given.map(({ value }) => value.replace(/[\\^$*]+/g, ' ').trim()).join(' ')
}
