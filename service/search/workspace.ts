/** Room for the numbers of one question: a few for each document, which would otherwise be megabytes of garbage. */
export class Workspace {
  #buffer = new ArrayBuffer(0)
  #used = 0

  /** So many zeros. */
  floats(count: number): Float32Array {
    const { buffer, start } = this.#take(count * Float32Array.BYTES_PER_ELEMENT)
    return new Float32Array(buffer, start, count).fill(0)
  }

  /** So many numbers without a bit set. */
  bits(count: number): Uint32Array {
    const { buffer, start } = this.#take(count * Uint32Array.BYTES_PER_ELEMENT)
    return new Uint32Array(buffer, start, count).fill(0)
  }

  /** Takes back all that was given: it is given to the next. */
  clear(): void {
    this.#used = 0
  }

  #take(bytes: number) {
    if (this.#used + bytes > this.#buffer.byteLength) {
      // Those who have parts of the one before keep it.
      this.#buffer = new ArrayBuffer(2 * this.#buffer.byteLength + bytes)
      this.#used = 0
    }
    const start = this.#used
    this.#used += bytes
    return { buffer: this.#buffer, start }
  }
}

/** As many questions are seldom under way at once. */
const KEPT = 2

/** Workspaces, lent to questions one after the other. */
export class Workspaces {
  readonly #free: Workspace[] = []

  /** Nothing that the workspace gave may be used once the work is done. */
  async lend<Result>(work: (workspace: Workspace) => Promise<Result>): Promise<Result> {
    const workspace = this.#free.pop() ?? new Workspace()
    try {
      return await work(workspace)
    } finally {
      workspace.clear()
      if (this.#free.length < KEPT) this.#free.push(workspace)
    }
  }
}
