import { RE2JS } from 're2js'
import { EMPTY, eitherOf, exactly, inTurn, type Part, repeated, UNKNOWN } from './required-texts.ts'

/** A flag for the whole pattern or a part of it. */
export const IGNORES_CASE = /\(\?[msU]*i/

/** Quoted runs, and escapes to skip. */
const QUOTED = /\\Q([\s\S]*?)(?:\\E|$)|\\[\s\S]/g

const TIMES = /([*+?]|\{(0|[1-9]\d*)(?:,(?:0|[1-9]\d*)?)?\})\??/y
const GROUP = /\((?:\?P?<\w+>|\?[imsU-]*:)?(?!\?)/y
const FLAGS = /\(\?[imsU-]+\)/y
const CLASS = /\[(\^?)(\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*)\]/y
const MEMBERS = /(\\[^a-zA-Z0-9]|[^\\])(?:-(\\[^a-zA-Z0-9]|[^\\]))?/suy
const NOTHING_WIDE = /[\^$]|\\[bBAz]/y
const SOME_CHARACTER = /\\(?:[dDsSwW]|[pP](?:\{[^}]*\}|[\s\S]))/y
const BY_NUMBER = /\\(?:x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/y
const CONTROL = /\\([afnrtv])/y
const ESCAPED = /\\([^a-zA-Z0-9])/y
const CHARACTER = /[^\\]/suy

const CONTROLS: Readonly<Record<string, string>> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }
/** A class with more characters is ignored. */
const MOST_MEMBERS = 8

/** Reads a valid regular expression in RE2's syntax to find out what each of its matches contains. */
export class PatternReader {
  readonly #pattern: string
  readonly #dotTakesBreaks: boolean
  #at = 0
  #isUnderstood = true
  #takesBreaks = false

  constructor(pattern: string) {
    this.#pattern = pattern.replace(QUOTED, (all, quoted?: string) =>
      quoted === undefined ? all : RE2JS.quote(quoted),
    )
    this.#dotTakesBreaks = /\(\?[imU]*s/.test(this.#pattern)
  }

  read(): Part {
    const part = this.#alternatives()
    return this.#isUnderstood && this.#at === this.#pattern.length ? part : UNKNOWN
  }

  /** Whether a match may contain a line break. */
  get takesBreaks(): boolean {
    return this.#takesBreaks
  }

  #alternatives(): Part {
    const parts = [this.#sequence()]
    while (this.#pattern[this.#at] === '|') {
      this.#at++
      parts.push(this.#sequence())
    }
    return eitherOf(parts)
  }

  #sequence(): Part {
    let whole = EMPTY
    while (this.#isUnderstood && this.#at < this.#pattern.length && !'|)'.includes(this.#pattern[this.#at] ?? '')) {
      whole = inTurn(whole, this.#repetitions(this.#atom()))
    }
    return whole
  }

  #repetitions(atom: Part): Part {
    let part = atom
    for (let times = this.#take(TIMES); times !== undefined; times = this.#take(TIMES)) {
      const [, sign, least] = times
      if (sign === '?') part = eitherOf([part, EMPTY])
      else part = sign === '*' || least === '0' ? UNKNOWN : repeated(part)
    }
    return part
  }

  #atom(): Part {
    if (this.#take(FLAGS) !== undefined || this.#take(NOTHING_WIDE) !== undefined) return EMPTY
    if (this.#take(GROUP) !== undefined) return this.#group()
    const characters = this.#take(CLASS)
    if (characters !== undefined) return this.#class(characters[1] === '^', characters[2] ?? '')
    const [some] = this.#take(SOME_CHARACTER) ?? []
    if (some !== undefined) return this.#unknown(!/\\[dSw]/.test(some))
    if (this.#pattern[this.#at] === '.') {
      this.#at++
      return this.#unknown(this.#dotTakesBreaks)
    }
    return this.#character()
  }

  #group(): Part {
    const part = this.#alternatives()
    if (this.#pattern[this.#at] !== ')') return this.#notUnderstood()
    this.#at++
    return part
  }

  #character(): Part {
    const number = this.#take(BY_NUMBER)
    if (number !== undefined) {
      const [, long, short, octal = ''] = number
      const hexadecimal = long ?? short
      const code = hexadecimal === undefined ? Number.parseInt(octal, 8) : Number.parseInt(hexadecimal, 16)
      return this.#literal(String.fromCodePoint(code))
    }
    const [, control] = this.#take(CONTROL) ?? []
    if (control !== undefined) return this.#literal(CONTROLS[control] ?? '')
    const [, escaped] = this.#take(ESCAPED) ?? []
    if (escaped !== undefined) return this.#literal(escaped)
    const [plain] = this.#take(CHARACTER) ?? []
    return plain === undefined ? this.#notUnderstood() : this.#literal(plain)
  }

  #class(negated: boolean, members: string): Part {
    // Of the letters after a backslash, only these never match a line break.
    if (negated || /\\[^dSw\W]|\[:/.test(members)) return this.#unknown(true)
    const characters: string[] = []
    MEMBERS.lastIndex = 0
    let end = 0
    for (let found = MEMBERS.exec(members); found !== null; found = MEMBERS.exec(members)) {
      end = MEMBERS.lastIndex
      const [low, high] = [found[1], found[2] ?? found[1]].map((one) => one?.replace('\\', '').codePointAt(0) ?? 0x5c)
      for (let code = low as number; code <= (high as number) && characters.length <= MOST_MEMBERS; code++) {
        characters.push(String.fromCodePoint(code))
      }
      if ((low as number) <= 10 && (high as number) >= 10) this.#takesBreaks = true
    }
    return end < members.length || characters.length > MOST_MEMBERS ? UNKNOWN : exactly(characters)
  }

  #literal(text: string): Part {
    if (text === '\n') this.#takesBreaks = true
    return exactly([text])
  }

  #unknown(takesBreaks: boolean): Part {
    this.#takesBreaks ||= takesBreaks
    return UNKNOWN
  }

  #notUnderstood(): Part {
    this.#isUnderstood = false
    this.#takesBreaks = true
    return UNKNOWN
  }

  #take(token: RegExp): RegExpExecArray | undefined {
    token.lastIndex = this.#at
    const found = token.exec(this.#pattern)
    if (found === null) return undefined
    this.#at = token.lastIndex
    return found
  }
}
