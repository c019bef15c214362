/** A command that cannot go on; its message says why, and what to do. */
export class Refused extends Error {}

/** A command that somebody ended before its time; its message says what became of things. */
export class Interrupted extends Error {}

/** What is wrong, and what to do about it. */
export interface Fault {
  readonly detail: string
  readonly remedy: string
}

export const refusal = ({ detail, remedy }: Fault) => new Refused(`${detail}: ${remedy}`)

/** Several things stand in the way; each says what to do. */
export const obstructed = (faults: readonly string[]) =>
  new Refused(['Before this can run:', ...faults.map((fault) => `- ${fault}`)].join('\n'))
