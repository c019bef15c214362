/** Attributes and modifiers before a name take at most this many lines. */
const NAMED_WITHIN = 20

/** A text as lines, numbered from 0. A line includes its line feed. */
export class TextLines {
  readonly text: string
  readonly count: number
  /** Start of each line, and the end of the text. */
  readonly #starts: Uint32Array

  constructor(text: string) {
    this.text = text
    const starts = [0]
    for (let at = text.indexOf('\n'); at >= 0 && at + 1 < text.length; at = text.indexOf('\n', at + 1))
      starts.push(at + 1)
    this.count = text === '' ? 0 : starts.length
    this.#starts = Uint32Array.from([...starts, text.length])
  }

  /** Returns the number of characters in the lines from `from` to `to`, both inclusive. */
  size(from: number, to: number): number {
    return this.#start(to + 1) - this.#start(from)
  }

  /** Number of characters in the longest line. */
  get longest(): number {
    let longest = 0
    for (let line = 0; line < this.count; line++) longest = Math.max(longest, this.size(line, line))
    return longest
  }

  /** Returns the lines from `from` to `to`, without the last line feed. */
  slice(from: number, to: number): string {
    const end = this.#start(to + 1)
    return this.text.slice(this.#start(from), this.text.charCodeAt(end - 1) === 10 ? end - 1 : end)
  }

  /** Returns the first line from `from` to `to` with the name, or `from` if there is none. */
  lineOf(name: string, from: number, to: number): number {
    if (from === to) return from
    const start = this.#start(from)
    const text = this.text.slice(start, this.#start(Math.min(to, from + NAMED_WITHIN) + 1))
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      if (!isPartOfName(text, at - 1) && !isPartOfName(text, at + name.length)) return this.#lineAt(start + at, from)
    }
    return from
  }

  isBlank(line: number): boolean {
    return this.indentation(line) === undefined
  }

  /** Returns the indentation of a line, or undefined for a blank line. */
  indentation(line: number): number | undefined {
    const start = this.#start(line)
    for (let at = start, end = this.#start(line + 1); at < end; at++) {
      if (!isSpace(this.text.charCodeAt(at))) return at - start
    }
    return undefined
  }

  #lineAt(place: number, from: number): number {
    let line = from
    while (this.#start(line + 1) <= place) line++
    return line
  }

  #start(line: number): number {
    return this.#starts[Math.min(line, this.#starts.length - 1)] ?? 0
  }
}

const isSpace = (code: number) => code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff
const isPartOfName = (text: string, at: number) => /[\p{L}\p{Nd}_$]/u.test(text.charAt(at))
