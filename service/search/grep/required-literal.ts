const GROUP_FLAGS = /\(\?(?!:|P?<[A-Za-z_])/
const LONG_ESCAPE = /\\[QEpPxX0-9]/
const ESCAPED_PUNCTUATION = /^\\[^A-Za-z0-9]$/
const TOKENS = /\\.|\[(?:\^?\]?)(?:\\.|\[:\w+:\]|[^\]\\])*\]|\{\d+(?:,\d*)?\}|./gsu

/** The longest text that every match of a regular expression in RE2's syntax contains; empty where none is certain. */
export function requiredLiteral(pattern: string): string {
  if (GROUP_FLAGS.test(pattern) || LONG_ESCAPE.test(pattern)) return ''
  const runs = new LiteralRuns()
  for (const [token] of pattern.matchAll(TOKENS)) {
    if (token === '|' && runs.depth === 0) return ''
    runs.take(token)
  }
  return runs.longest()
}

class LiteralRuns {
  depth = 0
  readonly #runs: string[] = ['']
  /** Whether the current run ends in a character that a quantifier would take. */
  #open = false

  take(token: string): void {
    if (token === '(') this.depth++
    if (this.depth > 0) {
      if (token === ')') this.depth--
      this.#end()
    } else if (/^(?:[*?]|\{)/.test(token) && (token.length > 1 || token !== '{')) this.#endWithoutLast()
    else if (ESCAPED_PUNCTUATION.test(token)) this.#add(token.slice(1))
    else if (token.length > 2 || /^[\\.+^$)[\n\r]/.test(token)) this.#end()
    else this.#add(token)
  }

  longest(): string {
    return this.#runs.reduce((best, run) => (run.length > best.length ? run : best))
  }

  #add(characters: string): void {
    if (!this.#open) this.#runs.push('')
    this.#open = true
    this.#runs.push(`${this.#runs.pop()}${characters}`)
  }

  #end(): void {
    this.#open = false
  }

  #endWithoutLast(): void {
    if (this.#open)
      this.#runs.push(
        Array.from(this.#runs.pop() ?? '')
          .slice(0, -1)
          .join(''),
      )
    this.#open = false
  }
}
