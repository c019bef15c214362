import { RE2JS } from 're2js'
import type { z } from 'zod'
import { languagesNamed } from '../indexing/files/language-names.ts'

export type Fields = Readonly<Record<string, unknown>>
export type Shape = Readonly<Record<string, z.ZodType>>

const LONGEST_NAME = 40

/** Returns a name without case, punctuation and the `s` of a plural. */
export const singular = (name: string) =>
  name
    .slice(0, LONGEST_NAME)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/ies$/, 'y')
    .replace(/(?<=..)s$/, '')

const words = (text: string) => text.split(/\s+/).map(singular)

/** Names that other agent tools use for the same fields. Of several fields, the first that a tool has is used. */
const OTHER_NAMES = Object.entries({
  query: words(
    'q text search searchquery searchterm searchstring querystring userquery question keyword prompt input informationrequest pattern',
  ),
  pattern: words(
    'regex regexp expression searchpattern searchstring querystring substringpattern query q text search searchquery searchterm',
  ),
  name: words('symbol symbolname namepath namepathpattern identifier functionname classname methodname query pattern'),
  repository: words(
    'repo reponame repositoryname repopath repositorypath project projectname projectpath projectroot codebase codebasename codebasepath workspace workspacepath workspacefolder workspaceroot path',
  ),
  job_id: words('id job taskid'),
  url: words('repourl repositoryurl giturl cloneurl remoteurl'),
  path: words(
    `file filepath filename targetfile absolutepath relativepath relativeworkspacepath uri folder folderpath directory
    directorypath dir dirpath targetdirectory pathfilter pathprefix searchpath glob globpattern globfilter include
    includepattern includeglob includefile includepath pathsincludeglob filepattern pattern repository repo repopath repositorypath
    project projectpath projectroot codebase codebasepath workspace workspacepath workspacefolder workspaceroot root rootpath`,
  ),
  language: words('lang languageid type filetype extension ext extensionfilter fileextension'),
  limit: words(
    'maxresult topk k n headlimit numresult nresult count size pagesize perpage first top maxcount maxmatches maxitem numberofresult resultlimit matchlimit',
  ),
  start_line: words('offset linestart fromline firstline start from line startlineoneindexed startlinenumber'),
  end_line: words('lineend toline lastline end to endlineoneindexed endlineoneindexedinclusive endlinenumber'),
  context: words('contextline c a b beforecontext aftercontext linesbefore linesafter linesofcontext surroundingline'),
  ignore_case: words('i caseinsensitive insensitive'),
  literal: words('fixedstring isliteral'),
  references: words('includereferences withreferences'),
})
/** Names that other tools use for the opposite. */
const OPPOSITES = Object.entries({
  ignore_case: words('casesensitive matchcase'),
  literal: words('isregex isregexp useregex regex'),
})
/** Names for paths to leave out. */
const EXCLUSIONS = words(
  'exclude excludepattern excludepath excludeglob excludefile excludedir excludedirectory pathsexcludeglob ignore ignorepattern ignorepath',
)
/** Names for a range of lines, and for how many lines follow the first. */
const RANGES = words('line range linerange viewrange')
const COUNTS = words('limit count numline linecount maxline')
const LINE_BREAKS = words('multiline dotall')
const WHOLE_WORDS = words('wholeword matchwholeword matchword wordregexp word w')

/**
 * Renames what was sent to the names of a tool's fields, and returns the names that match none. Paths to leave out, a
 * glob beside a folder, and ranges of lines are written as the tool takes them.
 */
export function withOwnNames(
  given: Fields,
  shape: Shape,
): { readonly fields: Fields; readonly unknown: readonly string[] } {
  const { own = [], others = [] } = Object.groupBy(Object.entries(given), ([name]) =>
    Object.hasOwn(shape, name) ? 'own' : 'others',
  )
  const fields = new Map(own)
  if (Object.hasOwn(shape, 'end_line')) readOwnLines(fields)
  // What is left out, a number of lines, and how a pattern matches add to what other names give.
  const additions = [...EXCLUSIONS, ...COUNTS, ...LINE_BREAKS, ...WHOLE_WORDS]
  const adds = ([name]: readonly [string, unknown]) => additions.includes(singular(name))
  const inTurn = [...others.filter((each) => !adds(each)), ...others.filter(adds)]
  const unknown = inTurn.filter(([name, value]) => !takes(fields, singular(name), value, shape))
  return { fields: Object.fromEntries(fields), unknown: unknown.map(([name]) => name) }
}

/** Whether the tool has a field for what was sent under another name. The field is then set, unless it already is. */
function takes(fields: Map<string, unknown>, name: string, value: unknown, shape: Shape): boolean {
  const has = (field: string) => Object.hasOwn(shape, field)
  const isFilter = has('path') && has('language')
  if (isFilter && EXCLUSIONS.includes(name)) return leavesOut(fields, value)
  if (has('end_line') && setsLines(fields, name, value)) return true
  if (has('literal') && LINE_BREAKS.includes(name)) return matchesOverLines(fields, value)
  if (has('literal') && WHOLE_WORDS.includes(name)) return matchesWholeWords(fields, value)
  const meant = meantBy(name, value, shape)
  if (meant === undefined) return false
  const own = fields.get(meant.field)
  if (isAbsent(own)) fields.set(meant.field, meant.value)
  else if (isFilter && meant.field === 'path') fields.set('path', globInFolder(own, meant.value) ?? own)
  return true
}

function leavesOut(fields: Map<string, unknown>, value: unknown): true {
  const unwanted = textsIn(value).map((text) => `!${text}`)
  if (unwanted.length > 0) fields.set('path', [...textsIn(fields.get('path')), ...unwanted])
  return true
}

function matchesOverLines(fields: Map<string, unknown>, value: unknown): true {
  const pattern = fields.get('pattern')
  const isExpression = typeof pattern === 'string' && asBoolean(fields.get('literal')) !== true
  if (isExpression && asBoolean(value) === true) fields.set('pattern', `(?s)${pattern}`)
  return true
}

function matchesWholeWords(fields: Map<string, unknown>, value: unknown): true {
  const pattern = fields.get('pattern')
  if (typeof pattern !== 'string' || asBoolean(value) !== true) return true
  const expression = asBoolean(fields.get('literal')) === true ? RE2JS.quote(pattern) : pattern
  fields.set('literal', false)
  fields.set('pattern', String.raw`\b(?:${expression})\b`)
  return true
}

/** A first line may be a range, and a last line of -1 is that of the file. */
function readOwnLines(fields: Map<string, unknown>): void {
  const range = rangeIn(fields.get('start_line'))
  if (range !== undefined) fields.delete('start_line')
  if (asNumber(fields.get('end_line')) === -1) fields.delete('end_line')
  if (range !== undefined) setsLines(fields, 'range', range)
}

function setsLines(fields: Map<string, unknown>, name: string, value: unknown): boolean {
  const range = RANGES.includes(name) ? rangeIn(value) : undefined
  if (range !== undefined) {
    const [start, end] = range
    if (isAbsent(fields.get('start_line'))) fields.set('start_line', start)
    if (isAbsent(fields.get('end_line')) && end > 0) fields.set('end_line', end)
    return true
  }
  const count = COUNTS.includes(name) ? asNumber(value) : 0
  if (!Number.isInteger(count) || count <= 0) return false
  const first = Math.max(1, asNumber(fields.get('start_line') ?? 1))
  if (isAbsent(fields.get('end_line')) && Number.isInteger(first)) fields.set('end_line', first + count - 1)
  return true
}

/** Parses `10-20`, `10:20`, `[10, 20]` or `{ start: 10, end: 20 }`. An end of -1 is that of the file. */
function rangeIn(value: unknown): readonly [number, number] | undefined {
  const parts = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(/\s*[-:,]\s*(?=-?\d)/)
      : endsIn(value)
  const [start = Number.NaN, end = Number.NaN] = parts.map(asNumber)
  return parts.length === 2 && Number.isInteger(start) && Number.isInteger(end) ? [start, end] : undefined
}

function endsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  const given = Object.entries(value)
  return [/^(?:start|from|first|begin)/i, /^(?:end|to|last)/i].flatMap((sign) =>
    given.filter(([name]) => sign.test(name)).map(([, end]) => end),
  )
}

/** Objects and lists are no numbers: converting one would run what it defines, or fail. */
const asNumber = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN

function meantBy(name: string, value: unknown, shape: Shape): { field: string; value: unknown } | undefined {
  const flag = asBoolean(value)
  const opposite = typeof flag === 'boolean' ? fieldIn(OPPOSITES, name, shape) : undefined
  if (opposite !== undefined) return { field: opposite, value: !flag }
  const own = Object.keys(shape).find((each) => singular(each) === name)
  if (own !== undefined) return { field: own, value }
  const field = fieldIn(OTHER_NAMES, name, shape)
  return field !== undefined && mayBe(field, name, value, shape) ? { field, value } : undefined
}

/** Whether a value can be meant for a field: what an agent's other tools call `n` or `type` may be something else. */
function mayBe(field: string, name: string, value: unknown, shape: Shape): boolean {
  const [single] = Array.isArray(value) && value.length === 1 ? value : [value]
  if (kindOf(shape[field] as z.ZodType) === 'number') return isNumber(single)
  return name !== 'type' || (typeof single === 'string' && isLanguage(single))
}

const isNumber = (value: unknown) =>
  typeof value === 'number' || (typeof value === 'string' && /^\s*[+-]?\d+(?:\.0*)?\s*$/.test(value))

function isLanguage(name: string): boolean {
  try {
    return languagesNamed(name) !== undefined
  } catch {
    return false
  }
}

type Names = readonly (readonly [field: string, names: readonly string[]])[]

function fieldIn(all: Names, name: string, shape: Shape): string | undefined {
  return all.find(([field, names]) => Object.hasOwn(shape, field) && names.includes(name))?.[0]
}

const textsIn = (value: unknown) =>
  (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === 'string' && each !== '')

const HAS_SIGNS = /[*?{]/

/** Returns the glob that matches a folder's files by another glob, if one of the two values is a folder. */
function globInFolder(one: unknown, other: unknown): string | undefined {
  const [folder, glob] = typeof one === 'string' && HAS_SIGNS.test(one) ? [other, one] : [one, other]
  if (typeof folder !== 'string' || typeof glob !== 'string') return undefined
  if (!HAS_SIGNS.test(glob) || /[*?{,!]/.test(folder)) return undefined
  const own = folder.trim().replace(/[\\/]+$/, '')
  if (own === '' || own === '.') return glob
  const inside = glob.split(/,(?![^{]*\})/).map((each) => {
    const plain = each.trim().replace(/^\.?\//, '')
    if (plain.startsWith('!') || plain.startsWith(`${own}/`)) return plain
    return plain.includes('/') ? `${own}/${plain}` : `${own}/**/${plain}`
  })
  return inside.join(',')
}

const ABSENT = new Set(['', 'null', 'undefined', '*'])

export function isAbsent(value: unknown): boolean {
  // Lists in lists may be nested more deeply than the stack allows.
  if (Array.isArray(value)) return value.every((each) => !Array.isArray(each) && isAbsent(each))
  if (typeof value !== 'string') return value === undefined || value === null
  const text = value.trim()
  return ABSENT.has(text.toLowerCase()) || text === 'None' || /^\[\s*\]$/.test(text)
}

/** Returns the type of a field's value, without its default and whether it may be absent. */
export function innermost(field: z.ZodType): z.ZodType {
  const { innerType } = field.def as { readonly innerType?: z.ZodType }
  return innerType === undefined ? field : innermost(innerType)
}

export const kindOf = (field: z.ZodType): string => innermost(field).def.type

const BOOLEANS = new Map<unknown, boolean>([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  [1, true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
  [0, false],
])

export const asBoolean = (value: unknown) =>
  BOOLEANS.get(typeof value === 'string' ? value.trim().toLowerCase() : value) ?? value
