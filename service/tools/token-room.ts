import { cutToTokens, mostTokensIn, tokensIn } from './token-count.ts'

/** What an answer costs at most where its caller does not say it: clients warn, cut or refuse beyond 10,000 to 25,000. */
export const ANSWER_TOKENS = 12_000

/** Clients estimate tokens by characters, and so count long blanks in full. */
const MOST_CHARACTERS_A_TOKEN = 6
const FEWEST_CHARACTERS = 600

/** What an answer may still cost, in tokens. Texts are counted only where it matters: most answers are far from the limit. */
export class TokenRoom {
  #left: number
  #characters: number
  /** What was taken since texts were last counted, and the most that it costs. */
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

  /** Takes the room of a line; without effect, and false, where there is too little left. */
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

  /** As much of a line as there is room for, with a sign where that is not all. */
  takePart(line: string): string {
    if (this.take(line)) return line
    const part = `${cutToTokens(line, this.left - 2)}…`
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
