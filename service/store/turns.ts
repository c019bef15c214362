/** Lets one at a time be alone, in the order of asking. */
export class Turns {
  #freed: Promise<void> = Promise.resolve()

  /** Fulfilled when all have been alone who asked for it so far. */
  get freed(): Promise<void> {
    return this.#freed
  }

  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#freed
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#freed = promise
    await before
    try {
      return await work()
    } finally {
      resolve()
    }
  }
}
