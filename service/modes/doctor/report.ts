import { type Finding, overall, type State } from './check.ts'

const MARKS: Record<State, string> = { ok: 'ok', warning: '! warning', failing: 'x failing' }
const MARK_WIDTH = 11

/** One line a finding, with its remedy below, and a last one that counts. */
export function reportLines(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ name }) => name.length)) + 2
  const indent = ' '.repeat(MARK_WIDTH + width)
  const lines = findings.flatMap(({ name, state, detail, remedy }) => [
    MARKS[state].padEnd(MARK_WIDTH) + name.padEnd(width) + oneLine(detail),
    ...(remedy === undefined ? [] : [indent + oneLine(remedy)]),
  ])
  return [...lines, '', summary(findings)]
}

export function reportJson(findings: readonly Finding[]): string {
  return JSON.stringify({ state: overall(findings), checks: findings }, null, 2)
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}

function summary(findings: readonly Finding[]): string {
  const count = (state: State) => findings.filter((finding) => finding.state === state).length
  const failing = count('failing')
  const warnings = count('warning')
  return `${failing === 0 ? 'Nothing fails' : `${failing} failing`}, ${warnings} warning${warnings === 1 ? '' : 's'}, ${count('ok')} ok`
}
