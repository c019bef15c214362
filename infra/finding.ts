import { Refused } from './faults.ts'

export type State = 'ok' | 'warning' | 'failing'

/** What a check found: where, what, and what to do about it. */
export interface Finding {
  /** What it is about: this machine, the stack, its server as that sees itself, or a client of it. */
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

/** What a check finds; that it cannot be made is a finding too. */
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

/** The worst state of all. */
export function overall(all: readonly Finding[]): State {
  if (all.some(({ state }) => state === 'failing')) return 'failing'
  return all.some(({ state }) => state === 'warning') ? 'warning' : 'ok'
}

export const inWords = ({ detail, remedy }: Pick<Finding, 'detail' | 'remedy'>) =>
  remedy === undefined ? detail : `${detail}: ${remedy}`

/** What is needed by a stack that runs, and by no preview of it, nor by `npm start`. */
const NEEDED_BY_A_STACK = ['pulumi', 'engine', 'context', 'cluster']

/** The same finding, where nothing fails for want of what only a stack that runs needs. */
export const withoutNeed = (finding: Finding): Finding =>
  finding.state === 'failing' && NEEDED_BY_A_STACK.includes(finding.name) ? { ...finding, state: 'warning' } : finding

/** @throws Refused with everything that fails */
export function refuseFailing(all: readonly Finding[]): void {
  const faults = all.filter(({ state }) => state === 'failing')
  if (faults.length > 0)
    throw new Refused(['Before this can run:', ...faults.map((each) => `- ${inWords(each)}`)].join('\n'))
}
