/** A text that is not shown where it is printed, joined to another or written as JSON. */
export class Hidden {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** What is hidden: for what checks it, and for what hands it to the engine as a secret. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}
