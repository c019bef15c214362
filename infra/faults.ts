/** A command cannot continue. The message gives the reason and a remedy. */
export class Refused extends Error {}

/** Returns the result of `work`, or undefined if it was refused. Any other error is thrown. */
export function unlessRefused<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return work.catch((error: unknown) => {
    if (error instanceof Refused) return undefined
    throw error
  })
}

/** A command was interrupted. The message describes the resulting state. */
export class Interrupted extends Error {}

/** What is wrong, and what to do about it. */
export interface Fault {
  readonly detail: string
  readonly remedy: string
}

export const refusal = ({ detail, remedy }: Fault) => new Refused(`${detail}: ${remedy}`)

/** Returns one error for several problems, each of which states its remedy. */
export const obstructed = (faults: readonly string[]) =>
  new Refused(['Before this can run:', ...faults.map((fault) => `- ${fault}`)].join('\n'))
