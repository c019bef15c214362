import type { TableFile } from './file-table.ts'

/** A line of a file that a stack trace or compiler message names. */
interface NamedPlace {
  /** Parts of its path, as far as given. */
  readonly parts: readonly string[]
  /** Whether only the file's name is given. */
  readonly isBare: boolean
  /** Whether it is in an installed dependency. */
  readonly isInstalled: boolean
}

/** Colours and links of terminals. A text that was copied from a log may lack the escape character itself. */
const COLOURS = /(?:(?:[^\P{Cc}\s]|\\(?:x1b|u001b|033|e))\[[\d;]*|\[\d[\d;]*)m/giu
const LINKS = /[^\P{Cc}\s]\]8;[^\p{Cc}]*[^\P{Cc}\s]\\?/gu
/** A folder in parentheses groups routes. */
const IN_PATH = String.raw`(?:[\p{L}\p{M}\p{N}_.@+~$%\-/\\[\]]|\([\p{L}\p{N}_.\-]{1,100}\)(?=[/\\]))`
const NAMES = [
  String.raw`[\p{L}\p{M}\p{N}_\]\-]\.[A-Za-z]\w{0,9}`,
  String.raw`(?<![\p{L}\p{N}_.\-])(?:[A-Z]\w{1,20}file|BUILD|WORKSPACE|makefile|justfile)`,
  String.raw`(?<!/)/(?=[\w\-]{0,100}[A-Za-z])[\w\-]{1,100}(?=: line \d|:\d)`,
]
const FILE = String.raw`(?<!${IN_PATH})(${IN_PATH}*(?:${NAMES.join('|')}))(?![\p{L}\p{N}_])(?:\?[^\s:)]{0,100})?`
const BLANK = String.raw`[^\S\n]`
/** What follows a file: `:12`, `(12,5)`, ` line 12`, `:Zeile 12` … */
const LINES = [
  String.raw`(?:[,:]${BLANK}?|,?${BLANK})(?:on${BLANK})?[Ll]ines?(?:[ =\xA0]|:${BLANK})\d`,
  String.raw`[,:#]${BLANK}?L?\d`,
  String.raw`:?${BLANK}?[(\[]\d`,
  String.raw`${BLANK}\d+[:.]\d`,
  String.raw`:\p{L}{1,12}[ \xA0]\d`,
  String.raw`:\(\.text\b`,
  String.raw`:(?:[^\n]{0,100}:${BLANK}|\n)line${BLANK}{1,3}\d`,
  String.raw`${BLANK}(?:in${BLANK}[\w.$<>]{1,100}${BLANK}at|\([^()\n]{1,100}\))${BLANK}line${BLANK}\d`,
]
const LINE = String.raw`\\*["'\x60]?(?:${LINES.join('|')})`
/** `at com.acme.Cart.add(Cart.java:6)`: the part before the parenthesis names the folders. */
const OWNER = String.raw`(?:(?<![\w.$])((?:[\w$]+\.){1,20})[\w$]+\.[\w$<>]+\()?`
/** What stands before a file whose line is given elsewhere or not at all. */
const INTRODUCED = String.raw`(?:\b(?:[Ll]ine${BLANK}\d+${BLANK}(?:of|in)|File)|^--[^\n]{1,100}--)${BLANK}\\*["'\x60]?${FILE}`
/** `file='src/cart.ts' line='12'`, `{"uri": "src/cart.ts", … "startLine": 12}`, `{file,"src/cart.erl"},{line,12}` */
const AS_FIELD = String.raw`\b(?:file|path|uri|source)(?:name|path)?\\*["']?${BLANK}?[=:,]${BLANK}?\\*["']${FILE}\\*["'](?=[^\n]{0,60}[Ll]ine)`
/** A file on a line of its own, and below it the place in it, as linters print them. */
const HEADING = String.raw`^${BLANK}*(?:Line${BLANK}+)?${FILE}${BLANK}*\n(?:${BLANK}*-[- ]*\n)?${BLANK}*\d+(?::\d+)?${BLANK}`
const PLACES = [`${OWNER}${FILE}${LINE}`, `()${INTRODUCED}`, `()${AS_FIELD}`, `()${HEADING}`].map(
  (source) => new RegExp(source, 'gmu'),
)
/** A test that failed, in a file that is seldom the cause. */
const FAILED = new RegExp(`^${BLANK}*(?:FAIL|FAILED|ERROR)${BLANK}+()${FILE}`, 'gmu')
const INSTALLED =
  /(?:^|\/)(?:node_modules|bower_components|\.yarn|site-packages|dist-packages|lib\/python\d[\d.]*|Python\d+\/Lib|vendor|gems|rustc|\.cargo|\.pub-cache|pkg\/mod|hostedtoolcache|deno\.land|\.venv|venv|usr\/(?:local\/)?lib\d*|usr\/local\/go)\//
const RUNTIME = /^(?:java|javax|jakarta|jdk|sun|kotlin|kotlinx|scala|groovy|android|androidx)\./
/** Lines of C compilers that say who includes the failing file. */
const INCLUDING = /^(?:In file included from |[^\S\n]+from )[^\n]*(?::\d+){1,2}[,:]?$/gm
/** `package:shop/` of Dart, for the folder `lib`. */
const OF_PACKAGE = /\bpackage:\w+\/(?=[\w/.-]+\.dart\b)/g
/** `##[error]` of build logs, which a path may follow at once. */
const OF_LOG = /##\[\w+\]/g
/** Signs of Python, which prints the nearest place last, and of its test runner. */
const NEAREST_LAST =
  /Traceback \(most recent call last\)|\bFile \\*"[^"\n]{1,300}", line \d+, in |^[^\s:]{1,300}:\d+: in [\w<>]+$/m
/** The line of code that Python prints below a place. */
const PYTHON_CODE = /^ {4}(?! *File ")/
const CAUSE = 'Caused by: '
const MOST_PLACES = 40

/** Returns the places that a text names, nearest to the failure first. */
export function placesIn(text: string): NamedPlace[] {
  const plain = text
    .replace(LINKS, '')
    .replace(COLOURS, '')
    .replace(INCLUDING, '')
    .replace(OF_PACKAGE, '')
    .replace(OF_LOG, '')
  const innermost = plain.split(CAUSE).reverse()
  const places = innermost.flatMap((part) => inOrder(part).map(placeOf))
  return (NEAREST_LAST.test(plain) ? places.reverse() : places).slice(0, MOST_PLACES)
}

const inOrder = (text: string) => [
  ...PLACES.flatMap((pattern) => Array.from(text.matchAll(pattern))).toSorted((one, other) => one.index - other.index),
  ...text.matchAll(FAILED),
]

/**
 * Removes the lines that name places in installed code, if there are others: how a framework called the failing code
 * says nothing about it.
 */
export function withInstalledLeftOut(text: string): string {
  const places = placesIn(text)
  if (places.every(({ isInstalled }) => isInstalled)) return text
  const lines = text.split('\n')
  const isFrame = lines.map((line) => placesIn(line).some(({ isInstalled }) => isInstalled))
  const isItsCode = (line: string, at: number) => isFrame[at - 1] === true && PYTHON_CODE.test(line)
  return lines.filter((line, at) => !isFrame[at] && !isItsCode(line, at)).join('\n')
}

function placeOf([, owner = '', file = '']: RegExpExecArray): NamedPlace {
  const path = withoutBracket(unescaped(file).normalize().replaceAll('\\', '/'))
  const isBare = !path.includes('/')
  const folders = isBare ? owner.split('.') : []
  return {
    isBare,
    parts: [...folders, ...path.split('/')].filter((part) => part !== '' && part !== '.'),
    isInstalled: INSTALLED.test(path) || RUNTIME.test(owner),
  }
}

/** Removes what ends in a bracket around the place: `[src/cart.ts:12]`. */
function withoutBracket(path: string): string {
  return path.split('[').length > path.split(']').length ? path.slice(path.indexOf('[') + 1) : path
}

/** Decodes the path of a URL. */
function unescaped(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    // It only contains a percent sign.
    return path
  }
}

/** How much the nearest place adds, as a share of the score, and the factor for each further one. */
const NEAREST = 4
const FURTHER = 0.4
/** Minimum ratio of the scores of a nearer and a further place. */
const NEARER = 1.01

/**
 * Raises the scores of files in which a text names places: the nearer to the failure, the higher. The nearest comes
 * before all files that only contain the words of the text.
 */
export function withNamedRaised<Scored extends { readonly file: TableFile; readonly score: number }>(
  files: Scored[],
  text: string,
): Scored[] {
  const places = placesIn(text)
  if (places.length === 0) return files
  const parts = new Map(files.map(({ file }) => [file, file.row.path.normalize().split('/')]))
  const ofPlaces = places.map((place) => filesAt(place, parts)).filter(({ length }) => length > 0)
  const named = [...new Set(ofPlaces.flat())]
  const before = new Map(files.map(({ file, score }) => [file, score]))
  const top = Math.max(...before.values())
  const raised = new Map<TableFile, number>()
  let least = 0
  for (const [at, file] of [...named.entries()].reverse()) {
    if (at === 0 && ofPlaces[0]?.length === 1) least = Math.max(least, top)
    least = Math.max((before.get(file) ?? 0) * (1 + NEAREST * FURTHER ** at), least * NEARER)
    raised.set(file, least)
  }
  return files.map((each) => ({ ...each, score: raised.get(each.file) ?? each.score }))
}

/** If more files have the name, it does not say which is meant. */
const MOST_FILES = 3

function filesAt(place: NamedPlace, files: ReadonlyMap<TableFile, readonly string[]>): readonly TableFile[] {
  let most = 0
  let found: TableFile[] = []
  for (const [file, parts] of files) {
    const common = commonEnd(place.parts, parts)
    const isWhole = common === parts.length || common === place.parts.length
    if (common === 0 || common < most || !(isWhole || common > 1 || place.isBare)) continue
    if (place.isInstalled && !(isWhole && common > 1)) continue
    found = common > most ? [file] : [...found, file]
    most = common
  }
  return found.length > MOST_FILES ? [] : found
}

/** Counts the equal parts at the end of both. The first part of a place may be cut off at a blank. */
function commonEnd(place: readonly string[], file: readonly string[]): number {
  const most = Math.min(place.length, file.length)
  let common = 0
  while (common < most && place.at(-1 - common) === file.at(-1 - common)) common++
  return common === place.length - 1 && common < most && file.at(-1 - common)?.endsWith(` ${place[0]}`)
    ? common + 1
    : common
}
