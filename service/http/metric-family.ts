/** A gauge with its current values. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly values: readonly Sample[]
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}
