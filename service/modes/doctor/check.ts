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
  /** What it means that the deadline has passed. */
  readonly late: { readonly state: State; readonly remedy: string }
  /** Variables without which there is nothing to look at. */
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

/** What an error is to the person who asked: a fault in its own words, anything else as what stopped the check. */
export function findingOf(name: string, error: unknown, state: State = 'failing'): Finding {
  if (error instanceof Fault) return { name, state, detail: error.message, remedy: error.remedy }
  const detail = `could not be checked: ${error instanceof Error ? error.message : String(error)}`
  return { name, state, detail, remedy: 'Correct what the message names; if it is unclear, report it' }
}

/** What the check finds; a check that throws or takes too long is a finding too. */
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

/** The worst state of all. */
export function overall(findings: readonly Finding[]): State {
  if (findings.some(({ state }) => state === 'failing')) return 'failing'
  return findings.some(({ state }) => state === 'warning') ? 'warning' : 'ok'
}
