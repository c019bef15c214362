/** Memory for the numbers of a question: a few for each document, which would otherwise be megabytes of garbage. */
export class Workspace {
  #buffer = new ArrayBuffer(0)
  #used = 0

  /** Returns an array of zeros. */
  floats(count: number): Float32Array {
    const { buffer, start } = this.#take(count * Float32Array.BYTES_PER_ELEMENT)
    return new Float32Array(buffer, start, count).fill(0)
  }

  /** Returns an array of numbers without a bit set. */
  bits(count: number): Uint32Array {
    const { buffer, start } = this.#take(count * Uint32Array.BYTES_PER_ELEMENT)
    return new Uint32Array(buffer, start, count).fill(0)
  }

  /** Takes back all arrays, for the next question. */
  clear(): void {
    this.#used = 0
  }

  #take(bytes: number) {
    if (this.#used + bytes > this.#buffer.byteLength) {
      // Holders of parts of the previous buffer keep it.
      this.#buffer = new ArrayBuffer(2 * this.#buffer.byteLength + bytes)
      this.#used = 0
    }
    const start = this.#used
    this.#used += bytes
    return { buffer: this.#buffer, start }
  }
}

/** More questions are rarely in progress at once. */
const KEPT = 2

/** Lends workspaces to questions. */
export class Workspaces {
  readonly #free: Workspace[] = []

  /** The workspace's arrays must not be used after `work` has succeeded. After a failure, parts of it may still go on. */
  async lend<Result>(work: (workspace: Workspace) => Promise<Result>): Promise<Result> {
    const workspace = this.#free.pop() ?? new Workspace()
    const result = await work(workspace)
    workspace.clear()
    if (this.#free.length < KEPT) this.#free.push(workspace)
    return result
  }
}
