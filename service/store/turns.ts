/** Grants exclusive turns, in the order of requests. */
export class Turns {
  #freed: Promise<void> = Promise.resolve()

  /** Resolves when all turns requested so far are over. */
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
