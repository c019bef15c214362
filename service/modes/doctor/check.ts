import { Fault } from '../../errors.ts'
import { SECOND } from '../../units.ts'

export type State = 'ok' | 'warning' | 'failing'

export interface Finding {
  readonly name: string
  readonly state: State
  readonly detail: string
  readonly remedy?: string
}

export interface Check {
  readonly name: string
  readonly deadlineMs: number
  /** The finding if the check exceeds its deadline. */
  readonly late: { readonly state: State; readonly remedy: string }
  /** Variables that the check requires. */
  readonly variables?: readonly string[]
  look(signal: AbortSignal): Promise<readonly Finding[]>
}

export const ok = (name: string, detail: string): Finding => ({ name, state: 'ok', detail })

export const warning = (name: string, detail: string, remedy: string): Finding => {
  return { name, state: 'warning', detail, remedy }
}

export const failing = (name: string, detail: string, remedy: string): Finding => {
  return { name, state: 'failing', detail, remedy }
}

/** Converts an error to a finding: a fault with its own text, any other error as what stopped the check. */
export function findingOf(name: string, error: unknown, state: State = 'failing'): Finding {
  if (error instanceof Fault) return { name, state, detail: error.message, remedy: error.remedy }
  const detail = `could not be checked: ${error instanceof Error ? error.message : String(error)}`
  return { name, state, detail, remedy: 'Correct what the message names; if it is unclear, report it' }
}

/** Runs a check. If it throws or takes too long, that is a finding too. */
export async function runCheck(check: Check, faulty: ReadonlySet<string>): Promise<readonly Finding[]> {
  const { name, deadlineMs, late, variables = [] } = check
  const unusable = variables.filter((variable) => faulty.has(variable))
  if (unusable.length > 0) {
    return [warning(name, `not checked, because ${unusable.join(' and ')} cannot be used`, 'See settings')]
  }
  const end = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => {
      end.abort()
      resolve([
        { name, state: late.state, detail: `did not answer within ${deadlineMs / SECOND} s`, remedy: late.remedy },
      ])
    }, deadlineMs)
  })
  const looking = check.look(end.signal).catch((error: unknown) => [findingOf(name, error)])
  return Promise.race([looking, tooLate]).finally(() => clearTimeout(timer))
}

/** Returns the worst state. */
export function overall(findings: readonly Finding[]): State {
  if (findings.some(({ state }) => state === 'failing')) return 'failing'
  return findings.some(({ state }) => state === 'warning') ? 'warning' : 'ok'
}
