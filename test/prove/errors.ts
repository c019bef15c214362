const SHOWN = 3

/** Counts errors and prints the first few, each only once. */
export class Errors {
  readonly #seen = new Set<string>()
  count = 0

  add(error: unknown): void {
    this.count++
    const message = error instanceof Error ? error.message : String(error)
    const kind = message.replace(/\d+/g, '0')
    if (this.#seen.has(kind) || this.#seen.size >= SHOWN) return
    this.#seen.add(kind)
    process.stderr.write(`    ${message.slice(0, 500)}\n`)
  }
}
