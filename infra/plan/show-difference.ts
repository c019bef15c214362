import type { Change, Difference } from './difference.ts'
import type { PropertyChange } from './property-changes.ts'
import { counted } from './table.ts'

const WIDEST_PATH = 72
const WIDEST_VALUE = 72
const MOST_LINES = 12

const WORDS = {
  add: ['+', 'added'],
  remove: ['-', 'removed'],
  change: ['~', 'changed'],
  replace: ['!', 'replaced'],
} as const

/** Each resource that changes, with its properties before and after. */
export function showDifference(difference: Difference, against: string): string {
  const { changes, unchanged, outputs, newViolations } = difference
  const count = `${counted(unchanged, 'resource')} the same`
  if (changes.length === 0 && outputs.length === 0) return `Nothing differs from ${against}: ${count}.`
  const counts = Object.entries(WORDS).flatMap(([does, [, word]]) => {
    const number = changes.filter((change) => change.does === does).length
    return number === 0 ? [] : [`${number} ${word}`]
  })
  return [
    `Against ${against}: ${[...counts, count].join(', ')}.`,
    ...changes.flatMap((change) => ['', ...showChange(change)]),
    ...(outputs.length === 0 ? [] : ['', '~ outputs', ...showProperties(outputs)]),
    ...(newViolations.length === 0
      ? []
      : ['', `New: ${counted(newViolations.length, 'break')} of policies, see below.`]),
  ].join('\n')
}

function showChange({ does, kind, name, properties, because, warning, protected: isProtected }: Change): string[] {
  const [sign, word] = WORDS[does]
  const remarks = [
    ...(does === 'change' ? [] : [word]),
    ...(because === undefined ? [] : [`since ${because}`]),
    ...(isProtected ? ['protected, so `up` refuses'] : []),
  ]
  return [
    `${sign} ${kind} ${name}${remarks.length === 0 ? '' : `: ${remarks.join('; ')}`}`,
    ...(warning === undefined ? [] : [`    warning: ${warning}`]),
    ...showProperties(properties),
  ]
}

function showProperties(properties: Change['properties']): string[] {
  const width = Math.min(WIDEST_PATH, Math.max(0, ...properties.map(({ path }) => path.length)))
  const before = (change: PropertyChange) => valuesOf(change)[0]
  const short = properties.filter((change) => !isLong(change)).map((change) => before(change).length)
  const widest = Math.max(0, ...short)
  return properties.flatMap((change) => {
    const start = change.path.padEnd(width)
    const end = change.replaces ? '  (replaces it)' : ''
    if (isLong(change))
      return [`    ${start}  ${end}`.trimEnd(), ...changedLines(change).map((line) => `      ${line}`)]
    const [one, other] = valuesOf(change)
    return [`    ${start}  ${one.padEnd(widest)} → ${other}${end}`]
  })
}

const isLong = ({ before, after }: PropertyChange) =>
  [before, after].some((value) => typeof value === 'string' && value.trim().includes('\n'))

/** Both values, shortened to where they differ. */
function valuesOf({ before, after }: PropertyChange): [string, string] {
  const [one, other] = [written(before), written(after)]
  const start = Math.max(one.length, other.length) > WIDEST_VALUE ? Math.max(0, sameStart(one, other) - 12) : 0
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
  // Quoted where it could not be told from nothing, or would not stay on its line.
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
