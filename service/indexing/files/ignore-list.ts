import { type IgnorePattern, ignorePattern, matches, smallLetters } from './ignore-pattern.ts'

const NOT_ASCII = /[^\0-\x7f]/

/** Converts a path or name to one character per byte, in which git compares it. */
export function byteText(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text).toString('latin1') : text
}

/** Longer than any path. */
const MAX_RULE_BYTES = 4096
const FAULTS_TOLD = 3

interface Rule {
  readonly text: string
  readonly negated: boolean
  readonly onlyFolders: boolean
}

/**
 * The rules of an ignore file. The last matching rule counts, so only the last of equal rules is kept. Names and paths
 * without wildcards are looked up, and so are suffixes such as that of `*.log`. Only the remaining rules are tried one
 * by one.
 */
export class IgnoreList {
  /** What is wrong with the first ineffective rules, by line. */
  readonly faults: readonly string[]
  readonly #ignoresCase: boolean
  readonly #negated: readonly boolean[]
  readonly #names = new Map<string, LastRule>()
  readonly #paths = new Map<string, Map<string, LastRule>>()
  readonly #endings = new Map<string, LastRule>()
  readonly #endingLengths: readonly number[]
  readonly #nameGlobs: Globs | undefined
  readonly #pathGlobs: Globs | undefined

  /** `bytes` is an ignore file. The caller limits its size. */
  constructor(bytes: Uint8Array, ignoresCase: boolean) {
    this.#ignoresCase = ignoresCase
    const faults: string[] = []
    const rules = rulesIn(bytes, faults)
    this.#negated = rules.map(({ rule }) => rule.negated)
    const globs: Record<'name' | 'path', Glob[]> = { name: [], path: [] }
    for (const [at, { rule, line }] of rules.entries()) {
      if (!this.#add(rule, at, globs)) faults.push(`line ${line} matches nothing`)
    }
    this.#endingLengths = lengthsOf(this.#endings)
    this.#nameGlobs = globs.name.length > 0 ? new Globs(globs.name) : undefined
    this.#pathGlobs = globs.path.length > 0 ? new Globs(globs.path) : undefined
    this.faults =
      faults.length > FAULTS_TOLD ? [...faults.slice(0, FAULTS_TOLD), `${faults.length - FAULTS_TOLD} more`] : faults
  }

  /**
   * Returns whether `path` is ignored, or undefined if no rule matches. `name` is the last part of the path, and its
   * first `base` bytes are this list's folder.
   */
  verdict(path: string, base: number, name: string, isFolder: boolean): boolean | undefined {
    return this.#verdict(this.#asCompared(path), base, this.#asCompared(name), isFolder)
  }

  #asCompared(text: string): string {
    return this.#ignoresCase ? smallLetters(text) : text
  }

  #verdict(path: string, base: number, name: string, isFolder: boolean): boolean | undefined {
    let last = later(this.#names.get(name), isFolder, -1)
    const paths = this.#paths.get(name)
    if (paths !== undefined) last = later(paths.get(path.slice(base)), isFolder, last)
    for (const length of this.#endingLengths) {
      if (length <= name.length) last = later(this.#endings.get(name.slice(name.length - length)), isFolder, last)
    }
    last = this.#nameGlobs?.last(name, 0, isFolder, last) ?? last
    last = this.#pathGlobs?.last(path, base, isFolder, last) ?? last
    return last === -1 ? undefined : !this.#negated[last]
  }

  /** Returns false for a rule that can match nothing. */
  #add({ text, onlyFolders }: Rule, at: number, globs: Record<'name' | 'path', Glob[]>): boolean {
    const anchored = text.startsWith('/') ? text.slice(1) : text
    const slash = anchored.lastIndexOf('/')
    const pattern = anchored.startsWith('**/') && slash === 2 ? anchored.slice(slash + 1) : anchored
    const isPath = text.includes('/') && pattern === anchored
    const literal = this.#asCompared(pattern)
    const ending = /^\*[^*?[\\]+$/.test(pattern) && !isPath
    if (ending) put(this.#endings, literal.slice(1), at, onlyFolders)
    else if (!/[*?[\\]/.test(pattern)) {
      const name = literal.slice(literal.lastIndexOf('/') + 1)
      if (name === '') return false
      if (isPath) put(this.#pathsNamed(name), literal, at, onlyFolders)
      else put(this.#names, literal, at, onlyFolders)
    } else {
      const compiled = ignorePattern(pattern, this.#ignoresCase)
      if (compiled === undefined) return false
      globs[isPath ? 'path' : 'name'].push({ pattern: compiled, at, onlyFolders })
    }
    return true
  }

  #pathsNamed(name: string): Map<string, LastRule> {
    const known = this.#paths.get(name) ?? new Map<string, LastRule>()
    this.#paths.set(name, known)
    return known
  }
}

/** Numbers of the last rule for files and folders, and of the last for folders only. -1 if there is none. */
interface LastRule {
  any: number
  folder: number
}

function put(rules: Map<string, LastRule>, key: string, at: number, onlyFolders: boolean): void {
  const known = rules.get(key) ?? { any: -1, folder: -1 }
  known[onlyFolders ? 'folder' : 'any'] = at
  rules.set(key, known)
}

function later(rule: LastRule | undefined, isFolder: boolean, last: number): number {
  if (rule === undefined) return last
  return Math.max(last, rule.any, isFolder ? rule.folder : -1)
}

interface Glob {
  readonly pattern: IgnorePattern
  readonly at: number
  readonly onlyFolders: boolean
}

const LONGEST_KEY = 32

/** Patterns with wildcards, by their literal beginning or else ending. */
class Globs {
  readonly #byStart: ReadonlyMap<string, Glob[]>
  readonly #byEnd: ReadonlyMap<string, Glob[]>
  readonly #others: readonly Glob[]
  readonly #startLengths: readonly number[]
  readonly #endLengths: readonly number[]

  /** In the order of the rules. */
  constructor(globs: readonly Glob[]) {
    const starting = globs.filter(({ pattern }) => pattern.start !== '')
    const ending = globs.filter(({ pattern }) => pattern.start === '' && pattern.end !== '')
    this.#byStart = Map.groupBy(starting, ({ pattern }) => pattern.start.slice(0, LONGEST_KEY))
    this.#byEnd = Map.groupBy(ending, ({ pattern }) => pattern.end.slice(-LONGEST_KEY))
    this.#others = globs.filter(({ pattern }) => pattern.start === '' && pattern.end === '')
    this.#startLengths = lengthsOf(this.#byStart)
    this.#endLengths = lengthsOf(this.#byEnd)
  }

  /** Returns the number of the last rule that matches `text` from `from` on, or `last` if that is later. */
  last(text: string, from: number, isFolder: boolean, last: number): number {
    let found = lastMatch(this.#others, text, from, isFolder, last)
    for (const length of this.#startLengths) {
      found = lastMatch(this.#byStart.get(text.slice(from, from + length)), text, from, isFolder, found)
    }
    for (const length of this.#endLengths) {
      found = lastMatch(this.#byEnd.get(text.slice(Math.max(from, text.length - length))), text, from, isFolder, found)
    }
    return found
  }
}

const lengthsOf = (byKey: ReadonlyMap<string, unknown>) => [...new Set([...byKey.keys()].map(({ length }) => length))]

function lastMatch(
  globs: readonly Glob[] | undefined,
  text: string,
  from: number,
  isFolder: boolean,
  last: number,
): number {
  if (globs === undefined) return last
  for (let index = globs.length - 1; index >= 0; index--) {
    const { pattern, at, onlyFolders } = globs[index] as Glob
    if (at < last) return last
    if ((isFolder || !onlyFolders) && matches(pattern, text, from)) return at
  }
  return last
}

const MARK = '\xef\xbb\xbf'

function rulesIn(bytes: Uint8Array, faults: string[]): { readonly rule: Rule; readonly line: number }[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const rules = new Map<string, { rule: Rule; line: number }>()
  let line = 0
  for (let from = text.startsWith(MARK) ? MARK.length : 0; from < text.length; ) {
    const end = text.indexOf('\n', from)
    const to = end === -1 ? text.length : end
    line++
    if (to - from > MAX_RULE_BYTES) faults.push(`line ${line} is longer than ${MAX_RULE_BYTES} bytes`)
    else {
      const rule = ruleIn(text.slice(from, to))
      if (rule !== undefined) {
        const key = rule.onlyFolders ? `${rule.text}/` : rule.text
        rules.delete(key)
        rules.set(key, { rule, line })
      }
    }
    from = to + 1
  }
  return [...rules.values()]
}

/** Parses the rule in a line, if there is one. */
function ruleIn(line: string): Rule | undefined {
  if (line === '' || line.startsWith('#')) return undefined
  const [visible = ''] = line.split('\0', 1)
  const trimmed = withoutSpaces(visible.endsWith('\r') ? visible.slice(0, -1) : visible)
  const negated = trimmed.startsWith('!')
  const whole = negated ? trimmed.slice(1) : trimmed
  const onlyFolders = whole.endsWith('/')
  const text = onlyFolders ? whole.slice(0, -1) : whole
  return text === '' ? undefined : { text, negated, onlyFolders }
}

/** Removes trailing spaces. A backslash keeps the first of them. */
function withoutSpaces(text: string): string {
  let end = text.length
  while (text[end - 1] === ' ') end--
  let backslashes = 0
  while (text[end - 1 - backslashes] === '\\') backslashes++
  return text.slice(0, end < text.length && backslashes % 2 === 1 ? end + 1 : end)
}
