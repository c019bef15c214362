import { cutToTokens, mostTokensIn, tokensIn } from './token-count.ts'

/** Default limit of an answer. Clients warn, cut or refuse beyond 10,000 to 25,000 tokens. */
export const ANSWER_TOKENS = 12_000

/** Clients estimate tokens from characters, so long blanks count in full. */
const MOST_CHARACTERS_A_TOKEN = 6
const FEWEST_CHARACTERS = 600

/**
 * How many tokens an answer may still cost. Texts are counted only close to the limit, which few answers reach.
 */
export class TokenRoom {
  #left: number
  #characters: number
  /** Texts that were taken but not counted yet, and the most that they can cost. */
  readonly #uncounted: string[] = []
  #most = 0

  constructor(tokens: number) {
    this.#left = tokens
    this.#characters = Math.max(FEWEST_CHARACTERS, tokens * MOST_CHARACTERS_A_TOKEN)
  }

  get left(): number {
    for (const line of this.#uncounted.splice(0)) this.#left -= tokensIn(line)
    this.#most = 0
    return this.#left
  }

  hasMoreThan(tokens: number): boolean {
    return this.#left - this.#most > tokens || this.left > tokens
  }

  /** Takes the room of a line. Returns false, and takes nothing, if too little is left. */
  take(line: string): boolean {
    const text = `${line}\n`
    if (text.length > this.#characters) return false
    const most = mostTokensIn(text)
    const isLittle = this.#left - this.#most >= most
    const tokens = isLittle ? 0 : tokensIn(text)
    if (!isLittle && tokens > this.left) return false
    this.#characters -= text.length
    if (isLittle) {
      this.#uncounted.push(text)
      this.#most += most
    } else this.#left -= tokens
    return true
  }

  /** Takes as much of a line as fits. Returns it, with an ellipsis if it is cut. */
  takePart(line: string): string {
    if (this.take(line)) return line
    const part = `${cutToTokens(line, this.left - 2)}…`
    this.#left = 0
    return part
  }
}

/** Returns the leading items whose lines fit into `tokens`, and always the first one. */
export function fitting<Item>(items: readonly Item[], tokens: number, lineOf: (item: Item) => string): Item[] {
  const room = new TokenRoom(tokens)
  const end = items.findIndex((item, at) => !room.take(lineOf(item)) && at > 0)
  return items.slice(0, end < 0 ? items.length : end)
}
