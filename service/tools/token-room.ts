import { cutToTokens, tokensIn } from './tokens.ts'

/** What an answer costs at most where its caller does not say it: clients warn, cut or refuse beyond 10,000 to 25,000. */
export const ANSWER_TOKENS = 12_000

/** What an answer may still cost, in tokens. */
export class TokenRoom {
  #left: number

  constructor(tokens: number) {
    this.#left = tokens
  }

  get left(): number {
    return this.#left
  }

  /** Takes the room of a line; without effect, and false, where there is too little left. */
  take(line: string): boolean {
    const tokens = tokensIn(`${line}\n`)
    if (tokens > this.#left) return false
    this.#left -= tokens
    return true
  }

  /** As much of a line as there is room for, with a sign where that is not all. */
  takePart(line: string): string {
    if (this.take(line)) return line
    const part = `${cutToTokens(line, this.#left - 2)}…`
    this.#left = 0
    return part
  }
}

/** The first of the items whose lines fit into so many tokens; the first of all in any case. */
export function fitting<Item>(items: readonly Item[], tokens: number, lineOf: (item: Item) => string): Item[] {
  const room = new TokenRoom(tokens)
  const end = items.findIndex((item, at) => !room.take(lineOf(item)) && at > 0)
  return items.slice(0, end < 0 ? items.length : end)
}
