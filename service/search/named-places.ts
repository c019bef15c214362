import type { TableFile } from './file-table.ts'

/** A line of a file as a stack trace or a message of a compiler names it. */
interface NamedPlace {
  /** The parts of its path, as far as they are told. */
  readonly parts: readonly string[]
  /** Of the path only the name of the file is told. */
  readonly isBare: boolean
  /** In code of others that was installed. */
  readonly isInstalled: boolean
}

const ESCAPE = String.fromCharCode(27)
const COLOURS = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g')
const IN_PATH = String.raw`[\w.@+~$%\-/\\[\]]`
const FILE = String.raw`(?<!${IN_PATH})(${IN_PATH}*[\w\]\-]\.[A-Za-z]\w{0,9})(?:\?[^\s:)]{0,100})?`
const LINE = String.raw`\\*["']?(?:, line |:line | on line |:|\()\d`
/** `at com.acme.Cart.add(Cart.java:6)`: what is before the parenthesis tells the folders. */
const OWNER = String.raw`(?:(?<![\w.$])((?:[\w$]+\.){1,20})[\w$]+\.[\w$<>]+\()?`
const PLACE = new RegExp(`${OWNER}${FILE}${LINE}`, 'g')
const INSTALLED =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|gems|rustc|\.cargo|\.venv|venv|usr\/(?:local\/)?lib\d*|usr\/local\/go)\//
const RUNTIME = /^(?:java|javax|jakarta|jdk|sun|kotlin|kotlinx|scala|groovy|android|androidx)\./
const PYTHON = 'Traceback (most recent call last)'
/** The line of code that Python shows below the place it is at. */
const PYTHON_CODE = /^ {4}(?! *File ")/
const CAUSE = 'Caused by: '
const MOST_PLACES = 40

/** The places that a text names, the nearest to the failure first. */
export function placesIn(text: string): NamedPlace[] {
  const plain = text.replace(COLOURS, '')
  const innermost = plain.split(CAUSE).reverse()
  const places = innermost.flatMap((part) => Array.from(part.matchAll(PLACE), placeOf))
  return (plain.includes(PYTHON) ? places.reverse() : places).slice(0, MOST_PLACES)
}

/**
 * A text without the lines that name places in installed code, where others are named: how a framework came to call the code
 * that failed says nothing about it.
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

/** How much the nearest adds, as a share, and what part of that each further one adds. */
const NEAREST = 4
const FURTHER = 0.4
/** What a nearer one scores at least, beside a further one. */
const NEARER = 1.01

/** The files with higher scores for those that a text names places in: the nearer to the failure, the higher. */
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

/** More files of a name than that say nothing of which one is meant. */
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
