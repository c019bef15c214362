import { PART_KINDS } from '../../store/chunks.ts'
import { BLOCKS, type Block, PATTERNS, UNDERLINES } from './definition-patterns.ts'
import type { Patterns } from './line-patterns.ts'
import { partsListedIn } from './listed-parts.ts'
import { kindNamedIn, NestedKeys, type SeenKey } from './nested-keys.ts'
import type { OutlineItem } from './outline.ts'
import { statementsIn } from './statements.ts'
import type { Field, Kind } from './syntax/rule.ts'
import type { TextLines } from './text-lines.ts'

const LONGEST_LINE = 400
/** Patterns would try each of many spaces as an end and as a beginning. */
const LONG_BLANKS = /\s{9,}/g
const BLANKS = ' '.repeat(8)
const COMMENT = /^\s*(?:#(?!\[)|\/\/|--|;|%|\*|\/\*|"""|@|\(\*)/

interface DefinitionLine {
  readonly kind: Kind
  readonly names: readonly string[]
  /** Counted from 0. */
  readonly line: number
}

/** A name that a line defines according to the patterns of its language. Lines are counted from 0. */
export interface PatternDefinition extends Omit<DefinitionLine, 'names'> {
  readonly name: string
}

export const hasPatterns = (language: string) => language === 'json' || Object.hasOwn(PATTERNS, language)

export function definitionsByPattern(lines: TextLines, language: string): PatternDefinition[] {
  return definitionLines(lines, language).flatMap(({ names, ...each }) => names.map((name) => ({ ...each, name })))
}

function definitionLines(lines: TextLines, language: string): DefinitionLine[] {
  if (language === 'json') return linesWithKeys(lines, language)
  const patterns = hasPatterns(language) ? PATTERNS[language] : undefined
  if (patterns === undefined) return []
  const found = shortLines(lines).flatMap(readerOf(lines, language, patterns))
  if (language !== 'yaml') return found
  return [...found, ...linesWithKeys(lines, language)].toSorted((one, other) => one.line - other.line)
}

const shortLines = (lines: TextLines) =>
  Array.from({ length: lines.count }, (_, line) => line).filter((line) => lines.size(line, line) <= LONGEST_LINE)

/** Returns a function that returns what a line defines, each name once. Lines have to be read in order. */
function readerOf(lines: TextLines, language: string, patterns: Patterns) {
  const owners = new Owners(language)
  const blocks = new Blocks(language)
  const named = (text: string, line: number): Omit<DefinitionLine, 'line'>[] => {
    const definition =
      blocks.see(text) ?? definitionIn(text, patterns, owners.hasTypeAround(text)) ?? headingAt(lines, line, language)
    const names = owners.see(text, definition)
    if (definition === undefined || names[0] === undefined) return []
    return [{ ...definition, names }, ...partsListedIn(text, { kind: definition.kind, type: names[0] }, language)]
  }
  return (line: number): DefinitionLine[] => {
    const all = statementsIn(statementAt(lines, line), language).flatMap((text) => named(text, line))
    const known = new Set<string>()
    return all.flatMap(({ kind, names }) => {
      const others = names.filter((name) => !known.has(name))
      for (const name of others) known.add(name)
      return others.length === 0 ? [] : [{ kind, names: others, line }]
    })
  }
}

/** Returns the title that the next line underlines. */
function headingAt(lines: TextLines, line: number, language: string): Omit<DefinitionLine, 'line'> | undefined {
  const underline = Object.hasOwn(UNDERLINES, language) ? UNDERLINES[language] : undefined
  if (underline === undefined || line + 1 >= lines.count || lines.size(line + 1, line + 1) > LONGEST_LINE) return
  const title = lines.slice(line, line).trimEnd()
  if (!/^[^\s.]/.test(title) || underline.test(title) || !underline.test(lines.slice(line + 1, line + 1))) return
  return { kind: 'section', names: [title] }
}

/** Reads the lines of blocks. */
class Blocks {
  readonly #blocks: readonly Block[]
  #open: { readonly block: Block; readonly indentation: number; inner?: number } | undefined

  constructor(language: string) {
    this.#blocks = (Object.hasOwn(BLOCKS, language) ? BLOCKS[language] : undefined) ?? []
  }

  /** Returns what a line of a block defines. */
  see(text: string): Omit<DefinitionLine, 'line'> | undefined {
    const indentation = text.search(/\S/)
    if (this.#blocks.length === 0 || indentation < 0) return undefined
    const open = this.#open
    if (open !== undefined && indentation > open.indentation) {
      open.inner ??= indentation
      const names = indentation === open.inner ? namesIn(open.block.line.exec(text)) : []
      return names.length === 0 ? undefined : { kind: open.block.kind, names }
    }
    const block = this.#blocks.find(({ begins }) => begins.test(text))
    this.#open = block && { block, indentation }
    return undefined
  }
}

const OWNING: ReadonlySet<Kind> = new Set(['class', 'struct', 'interface', 'trait', 'enum', 'module', 'type'])
/** Lines with the indentation of a type that do not end it. */
const GOES_ON =
  /^[{()[#:]|^(?:(?:strict\s+)?(?:public|private|protected|published|internal)\b[\w ]*(?::|$)|contains\s*$)/i
/** Languages in which a line names the module of all that follows. */
const SECTIONED: ReadonlySet<string> = new Set(['perl', 'clojure', 'erlang', 'toml', 'ini'])
const isSection = (definition: Pick<DefinitionLine, 'kind'> | undefined) =>
  definition?.kind === 'module' || definition?.kind === 'section'
/** In Terraform, only blocks of locals name what is assigned in them. */
const LOCALS = 'local'
/** Kinds that own what follows, up to a line that ends the innermost. Those of `outer` are in no other. */
interface Ended {
  readonly owners: ReadonlySet<Kind>
  readonly outer: ReadonlySet<Kind>
  readonly end: RegExp
}

/** Languages that do not indent members. */
const ENDED: Readonly<Record<string, Ended>> = {
  objectivec: { owners: new Set(['class']), outer: new Set(['class']), end: /^\s*@end\b/ },
  fortran: {
    owners: new Set(['module', 'struct']),
    outer: new Set(['module']),
    end: /^\s*end\s*(?:module|submodule|program|type)\b/i,
  },
}

/** Tracks by indentation which types enclose a line. */
class Owners {
  readonly #open: { readonly name: string; readonly indentation: number; readonly isModule: boolean }[] = []
  /** Indentation of the first line inside the innermost type. */
  #inner: number | undefined
  readonly #ended: Ended | undefined
  readonly #language: string
  /** The module that the last line of its kind names. */
  #section: string | undefined

  constructor(language: string) {
    this.#language = language
    this.#ended = Object.hasOwn(ENDED, language) ? ENDED[language] : undefined
  }

  /** Whether a line is directly inside a type, rather than in one of its functions. */
  hasTypeAround(text: string): boolean {
    const indentation = text.search(/\S/)
    const around = this.#open.findLast((each) => this.#ended !== undefined || each.indentation < indentation)
    if (around === undefined || around.isModule) return false
    this.#inner ??= indentation
    return indentation <= this.#inner
  }

  /** Returns the names that a line defines. Members are qualified by their owner. */
  see(text: string, definition: Omit<DefinitionLine, 'line'> | undefined): readonly string[] {
    const indentation = text.search(/\S/)
    if (indentation < 0) return []
    const owning = definition !== undefined && (this.#ended?.owners ?? OWNING).has(definition.kind)
    if (this.#ended === undefined) this.#close(text, indentation, owning)
    else this.#end(text, definition?.kind, this.#ended)
    const names = definition?.names ?? []
    if (SECTIONED.has(this.#language) && isSection(definition)) [this.#section] = names
    const owner = this.#open.at(-1)?.name ?? (isSection(definition) ? undefined : this.#section)
    if (this.#language === 'terraform' && definition?.kind === 'constant' && owner !== LOCALS) return []
    const owned = owner === undefined ? names : names.map((name) => (name.includes('.') ? name : `${owner}.${name}`))
    if (owning && owned[0] !== undefined) {
      this.#open.push({ name: owned[0], indentation, isModule: definition?.kind === 'module' })
      this.#inner = undefined
    }
    return owned
  }

  #end(text: string, kind: Kind | undefined, { outer, end }: Ended): void {
    if (kind !== undefined && outer.has(kind)) this.#open.length = 0
    else if (end.test(text)) this.#open.pop()
    else return
    this.#inner = undefined
  }

  #close(text: string, indentation: number, owning: boolean): void {
    if (!owning && !SECTIONED.has(this.#language) && GOES_ON.test(text.slice(indentation, indentation + 40))) return
    while ((this.#open.at(-1)?.indentation ?? -1) >= indentation) {
      this.#open.pop()
      this.#inner = undefined
    }
  }
}

function definitionIn(text: string, patterns: Patterns, isInType: boolean): Omit<DefinitionLine, 'line'> | undefined {
  const isAscii = !NOT_ASCII.test(text)
  for (const [kind, pattern, place] of patterns) {
    if (place === 'member' && !isInType) continue
    const meant = isAscii ? pattern : inAnyScript(pattern)
    const names = meant.global ? Array.from(text.matchAll(meant)).flatMap(namesIn) : namesIn(meant.exec(text))
    if (names.length > 0) return { kind, names }
  }
  return undefined
}

const NOT_ASCII = /[^\0-\x7f]/
const IN_ANY_SCRIPT = new Map<RegExp, RegExp>()

/** Returns a pattern that allows letters of any script in names, which takes longer to match. */
export function inAnyScript(pattern: RegExp): RegExp {
  const known = IN_ANY_SCRIPT.get(pattern)
  if (known !== undefined) return known
  let isInClass = false
  const source = pattern.source.replace(/\\.|\[|\]|A-Z|a-z/g, (token) => {
    if (token === '[') isInClass = true
    if (token === ']') isInClass = false
    if (token === '\\w') return isInClass ? WORD_SIGNS : `[${WORD_SIGNS}]`
    return isInClass ? (LETTERS[token] ?? token) : token
  })
  const compiled = new RegExp(source, `${pattern.flags}u`)
  IN_ANY_SCRIPT.set(pattern, compiled)
  return compiled
}

const WORD_SIGNS = String.raw`\p{L}\p{M}\p{N}_`
/** In scripts without capitals, both kinds of names look alike. */
const LETTERS: Readonly<Record<string, string>> = {
  'A-Z': String.raw`\p{Lu}\p{Lt}\p{Lo}`,
  'a-z': String.raw`\p{Ll}\p{Lo}`,
}

/** Finds keys by indentation: JSON without it is data. */
function linesWithKeys(lines: TextLines, language: string): DefinitionLine[] {
  const keys = new NestedKeys(language)
  return shortLines(lines).flatMap((line) => {
    const text = lines.slice(line, line)
    return keys.see(text).flatMap((seen) => {
      const found = language === 'json' ? namedBy(seen, text) : undefined
      if (found !== undefined) return [{ ...found, line }]
      return seen.path === undefined ? [] : [{ kind: 'key' as const, names: [seen.path], line }]
    })
  })
}

function namedBy({ key, parent }: SeenKey, text: string): Omit<DefinitionLine, 'line'> | undefined {
  const operation = key === 'operationId' ? OPERATION.exec(text)?.[1] : undefined
  if (operation !== undefined) return { kind: 'function', names: [operation] }
  const kind = kindNamedIn(parent)
  return kind && { kind, names: [plain(key)] }
}

const OPERATION = /"operationId"\s*:\s*"([\w.-]+)"/

/** Returns a line, joined with the next one if it ends in an opening bracket, which a name may follow. */
function statementAt(lines: TextLines, line: number): string {
  const text = lines.slice(line, line)
  const goesOn = text.endsWith('(') && line + 1 < lines.count && lines.size(line + 1, line + 1) <= LONGEST_LINE
  const statement = goesOn ? text + lines.slice(line + 1, line + 1).trimStart() : text
  return statement.replace(LONG_BLANKS, BLANKS)
}

/** Returns the comma-separated names in a match, or the one that its two groups form. */
function namesIn(match: RegExpExecArray | null): string[] {
  if (match === null) return []
  const [, first = '', second] = match
  const names =
    second === undefined
      ? IS_OPERATOR.test(first)
        ? [first]
        : first.split(/[,|]/)
      : [[first, second].filter((part) => part !== '').join('.')]
  return names.flatMap((name) => plain(name) || [])
}

const IS_OPERATOR = /^(?:operator\s*)?[^\p{L}\p{N}\s"'`]+$/u

const plain = (name: string) => (IS_OPERATOR.test(name) ? name.replace(/\s+/g, '') : withoutQuotes(name))

const withoutQuotes = (name: string) =>
  name
    .replace(/["`'[\]]/g, '')
    .trim()
    .replace(/^::(?=\w)/, '')
    .replace(/(?<=[\p{L}\p{M}\p{N}_\])])(?:::?|#)(?=[\p{L}\p{N}_])/gu, '.')

/** Returns each definition with its fields and the comment above it, up to the next one. */
export function outlineByPattern(lines: TextLines, language: string): OutlineItem[] {
  let before = -1
  const items: OutlineItem[] = []
  let fields: Field[] = []
  for (const { kind, names, line } of definitionLines(lines, language)) {
    if (items.length === 0 && kind === 'key') {
      const definition = { kind, names: [], holdsDefinitions: false, fields }
      items.push({ from: 0, to: line, at: 0, definition, items: [] })
    }
    const sharesItsLine = items.at(-1)?.at === line
    if (items.length > 0 && (sharesItsLine || PART_KINDS.has(kind))) {
      const isWhole = sharesItsLine || kind === 'key'
      fields.push(...names.map((name) => ({ name, line, kind, ...(isWhole && { isWhole }) })))
      before = line
      continue
    }
    const from = startOfComment(lines, line, before)
    before = line
    fields = []
    items.push({ from, to: line, at: line, definition: { kind, names, holdsDefinitions: false, fields }, items: [] })
  }
  items.forEach((item, at) => {
    item.to = (items[at + 1]?.from ?? lines.count) - 1
  })
  const first = items[0]?.from ?? 0
  return first > 0 ? [{ from: 0, to: first - 1, at: 0, items: [] }, ...items] : items
}

function startOfComment(lines: TextLines, line: number, after: number): number {
  let start = line
  while (start - 1 > after && isComment(lines, start - 1)) start--
  return start
}

const isComment = (lines: TextLines, line: number) =>
  lines.size(line, line) <= LONGEST_LINE && COMMENT.test(lines.slice(line, line))
