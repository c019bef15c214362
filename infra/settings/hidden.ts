import type { Input, Output } from '@pulumi/pulumi'

/** A text that is not shown when it is printed, concatenated or serialised as JSON. */
export class Hidden {
  readonly #value: string | Output<string>

  /** @param value an Output if only the engine knows it */
  constructor(value: string | Output<string>) {
    this.#value = value
  }

  /** Whether the value is known and can be checked. */
  get isKnown(): boolean {
    return typeof this.#value === 'string'
  }

  /** Returns the value. @throws TypeError if only the engine knows it */
  reveal(): string {
    if (typeof this.#value !== 'string') throw new TypeError('Only the engine knows this value')
    return this.#value
  }

  /** The value as an input, to be passed to the engine as a secret. */
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
