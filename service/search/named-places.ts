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

const ESCAPE = String.fromCharCode(27)
const COLOURS = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g')
const IN_PATH = String.raw`[\w.@+~$%\-/\\[\]]`
const FILE = String.raw`(?<!${IN_PATH})(${IN_PATH}*[\w\]\-]\.[A-Za-z]\w{0,9})(?:\?[^\s:)]{0,100})?`
const LINE = String.raw`\\*["']?(?:, line |:line | on line |:|\()\d`
/** `at com.acme.Cart.add(Cart.java:6)`: the part before the parenthesis names the folders. */
const OWNER = String.raw`(?:(?<![\w.$])((?:[\w$]+\.){1,20})[\w$]+\.[\w$<>]+\()?`
const PLACE = new RegExp(`${OWNER}${FILE}${LINE}`, 'g')
const INSTALLED =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|gems|rustc|\.cargo|\.venv|venv|usr\/(?:local\/)?lib\d*|usr\/local\/go)\//
const RUNTIME = /^(?:java|javax|jakarta|jdk|sun|kotlin|kotlinx|scala|groovy|android|androidx)\./
/** Lines of C compilers that say who includes the failing file. */
const INCLUDING = /^(?:In file included from |\s+from )[^\n]*(?::\d+){1,2}[,:]?$/gm
/** `package:shop/` of Dart, for the folder `lib`. */
const OF_PACKAGE = /\bpackage:\w+\/(?=[\w/.-]+\.dart\b)/g
const PYTHON = 'Traceback (most recent call last)'
/** The line of code that Python prints below a place. */
const PYTHON_CODE = /^ {4}(?! *File ")/
const CAUSE = 'Caused by: '
const MOST_PLACES = 40

/** Returns the places that a text names, nearest to the failure first. */
export function placesIn(text: string): NamedPlace[] {
  const plain = text.replace(COLOURS, '').replace(INCLUDING, '').replace(OF_PACKAGE, '')
  const innermost = plain.split(CAUSE).reverse()
  const places = innermost.flatMap((part) => Array.from(part.matchAll(PLACE), placeOf))
  return (plain.includes(PYTHON) ? places.reverse() : places).slice(0, MOST_PLACES)
}

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
  const path = file.replaceAll('\\', '/')
  const isBare = !path.includes('/')
  const folders = isBare ? owner.split('.') : []
  return {
    isBare,
    parts: [...folders, ...path.split('/')].filter((part) => part !== '' && part !== '.'),
    isInstalled: INSTALLED.test(path) || RUNTIME.test(owner),
  }
}

/** How much the nearest place adds, as a share of the score, and the factor for each further one. */
const NEAREST = 4
const FURTHER = 0.4
/** Minimum ratio of the scores of a nearer and a further place. */
const NEARER = 1.01

/** Raises the scores of files in which a text names places: the nearer to the failure, the higher. */
export function withNamedRaised<Scored extends { readonly file: TableFile; readonly score: number }>(
  files: Scored[],
  text: string,
): Scored[] {
  const places = placesIn(text)
  if (places.length === 0) return files
  const parts = new Map(files.map(({ file }) => [file, file.row.path.split('/')]))
  const named = [...new Set(places.flatMap((place) => filesAt(place, parts)))]
  const before = new Map(files.map(({ file, score }) => [file, score]))
  const raised = new Map<TableFile, number>()
  let least = 0
  for (const [at, file] of [...named.entries()].reverse()) {
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

function commonEnd(one: readonly string[], other: readonly string[]): number {
  let common = 0
  while (common < Math.min(one.length, other.length) && one.at(-1 - common) === other.at(-1 - common)) common++
  return common
}
