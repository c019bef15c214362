import type { Input, Output } from '@pulumi/pulumi'

/** A text that is not shown where it is printed, joined to another or written as JSON. */
export class Hidden {
  readonly #value: string | Output<string>

  /** @param value known only to the engine where it is an Output */
  constructor(value: string | Output<string>) {
    this.#value = value
  }

  /** Whether it can be checked. */
  get isKnown(): boolean {
    return typeof this.#value === 'string'
  }

  /** What is hidden, for what checks it or makes another text of it. @throws where only the engine knows it */
  reveal(): string {
    if (typeof this.#value !== 'string') throw new TypeError('Only the engine knows this value')
    return this.#value
  }

  /** What is hidden, for what hands it to the engine as a secret. */
  get input(): Input<string> {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}
