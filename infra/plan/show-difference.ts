import { inWords } from '../policy/properties.ts'
import { type Change, type Difference, WORDS } from './difference.ts'
import { namesByKind } from './kinds.ts'
import type { PropertyChange } from './property-changes.ts'
import { counted, WIDTH, wrapped } from './table.ts'

const WIDEST_PATH = 72
const WIDEST_BESIDE = 24
/** Longer values are shown without their common start. */
const WIDEST_WHOLE = 72
const WIDEST_VALUE = 400
const MOST_LINES = 12

/** Lists each changed resource with its old and new properties. Identical changes of images are combined. */
export function showDifference({ changes, outputs }: Difference): string {
  const folded = [...Map.groupBy(changes, imagesOnly)].filter(
    ([words, alike]) => words !== undefined && alike.length > 1,
  )
  const apart = changes.filter((change) => !folded.some(([, alike]) => alike.includes(change)))
  const [removed, added] = (['remove', 'add'] as const).map((does) => apart.filter((change) => change.does === does))
  const others = apart.filter(({ does }) => does === 'replace' || does === 'change')
  const blocks = [
    removed?.flatMap(showChange) ?? [],
    folded.flatMap(([words = '', alike]) => foldedImages(words, alike)),
    ...others.map(showChange),
    added?.flatMap(showChange) ?? [],
    outputs.length === 0 ? [] : ['~ outputs', ...showProperties(outputs)],
  ]
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

/** Describes a change of images only. Undefined if other properties change too. */
function imagesOnly({ does, properties, because, warning }: Change): string | undefined {
  const images = properties.map(({ path, before, after }) => (/(^|\.)image$/.test(path) ? [before, after] : undefined))
  const [[before, after] = []] = images
  const isAlone = images.every((image) => image?.every((each) => typeof each === 'string'))
  if (!isAlone || before === undefined || because !== undefined || warning !== undefined) return undefined
  const isSameName = images.every(([one, other] = []) => nameOfImage(one) === nameOfImage(other))
  const isOne = images.every(([one, other] = []) => one === before && other === after)
  if (!isSameName && !isOne) return undefined
  return `${does} ${isSameName ? 'with a new digest' : `${inWords(before)} → ${inWords(after)}`}`
}

const nameOfImage = (image: unknown) => String(image).replace(/@sha256:.*$/, '')

function foldedImages(words: string, alike: readonly Change[]): string[] {
  const { does = 'change' } = alike[0] ?? {}
  const count = counted(alike.flatMap(({ properties }) => properties).length, 'image')
  const [sign, word] = WORDS[does]
  const text = `${sign} ${count} ${words.slice(does.length + 1)}${does === 'change' ? '' : `, ${word}`}: ${namesByKind(alike)}`
  return wrapped(text, '', '    ')
}

function showChange({ does, kind, name, properties, because, warning, protected: isProtected }: Change): string[] {
  const [sign, word] = WORDS[does]
  const remarks = [
    ...(does === 'change' ? [] : [word]),
    ...(because === undefined ? [] : [`because ${because}`]),
    ...(isProtected ? ['protected, so `up` refuses'] : []),
  ]
  return [
    ...wrapped(`${sign} ${kind} ${name}${remarks.length === 0 ? '' : `: ${remarks.join('; ')}`}`, '', '    '),
    ...(warning === undefined ? [] : wrapped(`warning: ${warning}`, '    ')),
    ...showProperties(properties),
  ]
}

function showProperties(properties: Change['properties']): string[] {
  const width = Math.min(WIDEST_PATH, Math.max(0, ...properties.map(({ path }) => path.length)))
  const short = properties.filter((change) => !isLong(change)).map((change) => valuesOf(change)[0].length)
  const widest = Math.min(WIDEST_BESIDE, Math.max(0, ...short))
  return properties.flatMap((change) => {
    const end = change.replaces ? '  (replaces it)' : ''
    if (isLong(change)) return below(`${change.path}${end}`, changedLines(change))
    const [one, other] = valuesOf(change)
    const line = `    ${change.path.padEnd(width)}  ${one.padEnd(widest)} → ${other}${end}`
    return line.length <= WIDTH ? [line] : below(`${change.path}${end}`, [`- ${one}`, `+ ${other}`])
  })
}

const below = (title: string, lines: readonly string[]) => [
  ...wrapped(title, '    ', '      '),
  ...lines.flatMap((line) => wrapped(line, '      ', '        ')),
]

const isLong = ({ before, after }: PropertyChange) =>
  [before, after].some((value) => typeof value === 'string' && value.trim().includes('\n'))

/** Formats both values, shortened to the part that differs. */
function valuesOf({ before, after }: PropertyChange): [string, string] {
  const [one, other] = [written(before), written(after)]
  const start = Math.max(one.length, other.length) > WIDEST_WHOLE ? Math.max(0, sameStart(one, other) - 12) : 0
  return [cut(one, start), cut(other, start)]
}

function cut(text: string, start: number): string {
  const rest = start > 0 && text.length > start ? `…${text.slice(start)}` : text
  return rest.length > WIDEST_VALUE ? `${rest.slice(0, WIDEST_VALUE - 1)}…` : rest
}

function sameStart(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return length
}

function written(value: unknown): string {
  if (value === undefined) return '(none)'
  // Quotes a string that is empty, or has spaces at its ends or control characters.
  return typeof value === 'string' && /^(?! )[\P{C}]+(?<! )$/u.test(value) ? value : JSON.stringify(value)
}

function changedLines({ before, after }: PropertyChange): string[] {
  const [one, other] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < one.length && start < other.length && one[start] === other[start]) start += 1
  let end = 0
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end += 1
  const removed = one.slice(start, one.length - end)
  const added = other.slice(start, other.length - end)
  const lines = [...removed.map((line) => `- ${line}`), ...added.map((line) => `+ ${line}`)]
  const shown = lines.slice(0, MOST_LINES).map((line) => cut(line.replaceAll(/\p{C}/gu, '�'), 0))
  return lines.length <= MOST_LINES ? shown : [...shown, `… and ${counted(lines.length - MOST_LINES, 'line')} more`]
}

const linesOf = (value: unknown) =>
  typeof value === 'string' ? value.split('\n') : value === undefined ? [] : [JSON.stringify(value)]
