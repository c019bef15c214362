import type { Violation } from '../policy/policy.ts'
import { shownBytes, shownCpus } from '../quantities.ts'
import { allClaimsOf, type Demand, demandsOf, isLasting, total } from './demand.ts'
import { type Change, type Difference, WORDS } from './difference.ts'
import type { Plan } from './plan.ts'
import { counted, table } from './table.ts'

/** Summarizes a stack in a few lines, without blank lines. */
export function headline(plan: Plan): string {
  return [
    `The stack ${plan.stack} consists of ${counted(plan.resources.length, 'resource')}.`,
    ...table([['Policies', policies(plan.violations)], ...rowsOf(plan)], '  '),
  ].join('\n')
}

/**
 * Summarizes a change in a few lines, without blank lines.
 * @param against name of the revision that the stack is compared with
 */
export function headlineOfDifference(difference: Difference, before: Plan, after: Plan, against: string): string {
  const { changes, unchanged, outputs } = difference
  const counts = Object.entries(WORDS).flatMap(([does, [, word]]) => {
    const number = changes.filter((change) => change.does === does).length
    return number === 0 ? [] : [`${number} ${word}`]
  })
  const isSame = changes.length === 0 && outputs.length === 0
  const first = isSame
    ? `No changes from ${against}: ${counted(unchanged, 'resource')} unchanged.`
    : `Compared with ${against}: ${[...counts, `${unchanged} unchanged`].join(', ')}.`
  const rows = [
    ...(changes.length === 0 ? [] : [['Data', touched(changes)]]),
    ['Policies', policies(after.violations, difference.newViolations)],
    ...besideEachOther(rowsOf(before), rowsOf(after)),
  ]
  return [first, ...table(rows, '  ')].join('\n')
}

function touched(changes: readonly Change[]): string {
  const all = changes
    .filter(({ touchesData }) => touchesData)
    .map(({ kind, name, does }) => `${kind} ${name} ${WORDS[does][1]}`)
  return all.length === 0 ? 'not touched' : `touched: ${all.join(', ')}`
}

function policies(violations: readonly Violation[], added: readonly Violation[] = []): string {
  const of = (level: Violation['level']) => {
    const some = violations.filter((violation) => violation.level === level)
    const names = [...new Set(some.map(({ policy }) => policy))]
    return some.length === 0 ? [] : [`${counted(some.length, `${level} violation`)} (${names.join(', ')})`]
  }
  const all = [...of('mandatory'), ...of('advisory')]
  return all.length === 0 ? 'no violations' : `${all.join(', ')}${added.length === 0 ? '' : `; ${added.length} new`}`
}

type Row = readonly [title: string, text: string]

function rowsOf({ resources }: Plan): Row[] {
  const lasting = demandsOf(resources).filter((demand) => isLasting(demand) && demand.cpus + demand.memory > 0)
  const claims = allClaimsOf(resources)
  const bytes = claims.reduce((sum, { size, count }) => sum + size * count, 0)
  const isScaled = lasting.some(({ pods, mostPods }) => mostPods > pods)
  const title = lasting.some(({ kind }) => kind !== 'Container') ? 'Requests' : 'Limits'
  return [
    ...(lasting.length === 0 ? [] : [[title, sums(lasting, ({ pods }) => pods)] as const]),
    ...(isScaled ? [['Scaled out', sums(lasting, ({ mostPods }) => mostPods)] as const] : []),
    ...(bytes === 0 ? [] : [['Volumes', shownBytes(bytes)] as const]),
  ]
}

function sums(demands: readonly Demand[], pods: (demand: Demand) => number): string {
  const cpus = total(demands, (demand) => demand.cpus, pods)
  const memory = `${shownBytes(total(demands, (demand) => demand.memory, pods))} of memory`
  return cpus === 0 ? memory : `${shownCpus(cpus)}, ${memory}`
}

/** Returns the rows of both plans: one value if it is unchanged, else the old and the new one. */
function besideEachOther(before: readonly Row[], after: readonly Row[]): Row[] {
  const titles = new Set([...before, ...after].map(([title]) => title))
  return [...titles].map((title) => {
    const [one = 'none', other = 'none'] = [before, after].map((rows) => rows.find((row) => row[0] === title)?.[1])
    return [title, one === other ? one : `${one} → ${other}`]
  })
}
