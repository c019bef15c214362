import { type Finding, overall, type State } from '../../finding.ts'

const MARKS: Readonly<Record<State, string>> = { ok: 'ok', warning: '! warning', failing: 'x failing' }
const MARK_WIDTH = 11

/** Formats findings by group, each with its remedy below, followed by a line with their counts. */
export function showFindings(all: readonly Finding[]): string {
  const width = Math.max(...all.map(({ name }) => name.length)) + 2
  const groups = [...new Set(all.map(({ group }) => group))]
  const sections = groups.map((group) => {
    const own = all.filter((finding) => finding.group === group)
    return [`${group}:`, ...own.flatMap((finding) => linesOf(finding, width))].join('\n')
  })
  return [...sections, summary(all)].join('\n\n')
}

function linesOf({ name, state, detail, remedy }: Finding, width: number): string[] {
  const [first, ...more] = detail.split('\n')
  const below = [
    ...more.map((line) => `| ${line.trim()}`),
    ...(remedy === undefined ? [] : [remedy.replaceAll('\n', ' ')]),
  ]
  const indent = ' '.repeat(INDENT.length + MARK_WIDTH + width)
  return [
    `${INDENT}${MARKS[state].padEnd(MARK_WIDTH)}${name.padEnd(width)}${first}`,
    ...below.map((line) => `${indent}${line}`),
  ]
}

const INDENT = '  '

function summary(all: readonly Finding[]): string {
  const count = (state: State) => all.filter((finding) => finding.state === state).length
  const [failing, warnings] = [count('failing'), count('warning')]
  const worst = failing === 0 ? 'No failures' : `${failing} failing`
  return `${worst}, ${warnings} warning${warnings === 1 ? '' : 's'}, ${count('ok')} ok`
}

export const findingsJson = (all: readonly Finding[]) => JSON.stringify({ state: overall(all), checks: all }, null, 2)
