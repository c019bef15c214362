import { Refused } from './faults.ts'

export type State = 'ok' | 'warning' | 'failing'

/** Result of a check, with the remedy if it found a problem. */
export interface Finding {
  /** Subject of the check: this machine, the stack, the server's own view, or a client of it. */
  readonly group: Group
  readonly name: string
  readonly state: State
  readonly detail: string
  readonly remedy?: string
}

export type Group = 'machine' | 'stack' | 'server' | 'client'

export const findings = (group: Group) => ({
  ok: (name: string, detail: string): Finding => ({ group, name, state: 'ok', detail }),
  warning: (name: string, detail: string, remedy: string): Finding => ({
    group,
    name,
    state: 'warning',
    detail,
    remedy,
  }),
  failing: (name: string, detail: string, remedy: string): Finding => ({
    group,
    name,
    state: 'failing',
    detail,
    remedy,
  }),
})

/** Runs a check. Returns a finding also if the check itself fails. */
export async function checked(
  group: Group,
  name: string,
  look: () => Promise<readonly Finding[]> | readonly Finding[],
): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    const detail = `could not be checked: ${error instanceof Error ? error.message : String(error)}`
    return [findings(group).failing(name, detail, 'Correct what the message names')]
  }
}

/** Returns the worst state. */
export function overall(all: readonly Finding[]): State {
  if (all.some(({ state }) => state === 'failing')) return 'failing'
  return all.some(({ state }) => state === 'warning') ? 'warning' : 'ok'
}

export const inWords = ({ detail, remedy }: Pick<Finding, 'detail' | 'remedy'>) =>
  remedy === undefined ? detail : `${detail}: ${remedy}`

/** Checks that only a running stack needs to pass, unlike a preview or `npm start`. */
const NEEDED_BY_A_STACK = ['pulumi', 'engine', 'context', 'cluster']

/** Turns a failure into a warning if only a running stack needs to pass the check. */
export const withoutNeed = (finding: Finding): Finding =>
  finding.state === 'failing' && NEEDED_BY_A_STACK.includes(finding.name) ? { ...finding, state: 'warning' } : finding

/** @throws Refused with all failures */
export function refuseFailing(all: readonly Finding[]): void {
  const faults = all.filter(({ state }) => state === 'failing')
  if (faults.length > 0)
    throw new Refused(['Before this can run:', ...faults.map((each) => `- ${inWords(each)}`)].join('\n'))
}
