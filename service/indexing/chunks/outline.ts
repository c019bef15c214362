import type { Node, Tree, TreeCursor } from 'web-tree-sitter'
import { fits, type Limit } from './chunk-limits.ts'
import type { Role, Roles } from './syntax/roles.ts'
import { CALLABLE, type Definition, type Kind, type Scope } from './syntax/rule.ts'
import type { TextLines } from './text-lines.ts'

/** Lines of a text that belong together, counted from 0, including the comments and decorators before them. */
export interface OutlineItem {
  from: number
  to: number
  /** Where it begins after those. */
  readonly at: number
  readonly definition?: Definition
  /** Its parts, if they are definitions or it is too large for one chunk. */
  readonly items: OutlineItem[]
}

/** Returns the definitions of a text and what stands between them. What is larger than `most` is divided into parts. */
export function outline(tree: Tree, roles: Roles, lines: TextLines, most: Limit): OutlineItem[] {
  const cursor = tree.walk()
  try {
    return new Outliner(cursor, roles, lines, most).items()
  } finally {
    cursor.delete()
  }
}

interface Span {
  readonly from: number
  readonly to: number
}

interface Place {
  readonly scope: Scope
  readonly depth: number
}

/** The parts of a node, and the comments that belong to the next one. */
interface Group {
  readonly items: OutlineItem[]
  lead?: Span
}

// Nobody writes code nested this deeply, but a hostile file may contain it.
const DEEPEST = 150

const VALUES: ReadonlySet<Kind> = new Set(['constant', 'field', 'property'])
/** A function as a value in JavaScript. */
const FUNCTION = String.raw`(?:async )?(?:function\b|\([^()\n]*\) ?=>|\w+ ?=>)`
const MODIFIER = '(?:public|protected|private|internal|static|override|synchronized) '
const DECLARED = [
  String.raw`(?:${MODIFIER}|(?:async|const|unsafe|final|case|local|open|abstract|inline|suspend) )*(?:def|class|function\*?|fn|fun|func|struct|enum|trait|interface) \w`,
  String.raw`(?:${MODIFIER})+(?:[\w<>[\],.?]+ )*\w+ ?\(`,
  String.raw`(?!(?:return|new|else|throw|case|await|yield|assert)\b)[A-Za-z_][\w<>[\],.?]* (?!(?:if|for|while|switch|catch|function)\b)\w+\([^;\n]*\) ?(?:throws [\w., ]+)?(?:\{|=>)`,
  String.raw`(?:this|self|that|vm|\$scope)\.\w+ ?= ?${FUNCTION}`,
  String.raw`(?:const|let|var) [\w$]+(?:: [^=\n]+)? ?= ?(?:${FUNCTION}|[\w.]+\($)`,
]
const MEMBERS = [
  String.raw`[\w$]+(?:\.[\w$]+)+ ?= ?${FUNCTION}`,
  String.raw`["']?[\w$]+["']? ?: ?${FUNCTION}`,
  String.raw`(?:(?:async|get|set) )*\*?[\w$]+\([^()\n]*\) ?\{(?:\},?)?$`,
]
const anyOf = (lines: readonly string[]) => new RegExp(`^[ \\t]*(?:${lines.join('|')})`, 'm')
/** A line that may name a function or a type. */
const NAMES_ONE = anyOf(DECLARED)
/** Also one that may name a member of an object that is passed to a call. */
const NAMES_MEMBER = anyOf([...DECLARED, ...MEMBERS])

/** A function or class with a name of its own, where a call begins. */
const PASSED = /[(,=] ?(?:async )?(?:function\*?|class) [\w$]/

const SCOPES: Readonly<Partial<Record<Kind, Scope>>> = {
  class: 'class',
  struct: 'class',
  interface: 'class',
  trait: 'class',
  impl: 'class',
  extension: 'class',
  enum: 'class',
  /** Of an enum, with a body of its own. */
  member: 'class',
  object: 'object',
}

class Outliner {
  readonly #cursor: TreeCursor
  readonly #roles: Roles
  readonly #lines: TextLines
  readonly #most: Limit
  /** Types of the nodes around the current one. */
  readonly #around: string[] = []

  constructor(cursor: TreeCursor, roles: Roles, lines: TextLines, most: Limit) {
    this.#cursor = cursor
    this.#roles = roles
    this.#lines = lines
    this.#most = most
  }

  items(): OutlineItem[] {
    const group: Group = { items: [] }
    this.#parts(group, 'top', 0)
    endGroup(group)
    return group.items
  }

  #parts(group: Group, scope: Scope, depth: number): void {
    const { nodeType } = this.#cursor
    if (!this.#cursor.gotoFirstChild()) return
    this.#around.push(nodeType)
    do {
      if (this.#cursor.nodeIsNamed) this.#part(group, scope, depth)
    } while (this.#cursor.gotoNextSibling())
    this.#cursor.gotoParent()
    this.#around.pop()
  }

  #part(group: Group, scope: Scope, depth: number): void {
    const role = this.#roles(this.#cursor.nodeTypeId)
    const span = this.#span()
    if (role?.leading) {
      lead(group, span)
      return
    }
    const definition = this.#definition(role, scope)
    if (definition === undefined && role?.open && depth < DEEPEST) this.#open(group, span, scope, depth)
    else this.#item(group, span, definition, { scope, depth })
  }

  #item(group: Group, span: Span, definition: Definition | undefined, { scope, depth }: Place): void {
    const start = group.lead?.from ?? span.from
    const item = { from: start, to: span.to, at: span.from, ...(definition && { definition }), items: [] }
    group.items.push(item)
    delete group.lead
    if (
      depth < DEEPEST &&
      (definition?.holdsDefinitions || this.#isLarge(span) || this.#namesFurther(definition, span))
    ) {
      const inner: Group = { items: item.items }
      this.#parts(inner, scopeInside(definition, scope), depth + 1)
      endGroup(inner)
    }
  }

  /** Replaces an open node by its parts, which share its own lines. */
  #open(group: Group, { from, to }: Span, scope: Scope, depth: number): void {
    const before = group.items.length
    const start = group.lead?.from ?? from
    this.#parts(group, scope, depth + 1)
    const first = group.items[before]
    const last = group.items.at(-1)
    if (first === undefined || last === undefined) {
      group.items.push({ from: start, to, at: from, items: [] })
    } else {
      first.from = Math.min(first.from, start)
      last.to = Math.max(last.to, to)
    }
    delete group.lead
  }

  #definition(role: Role | undefined, scope: Scope): Definition | undefined {
    const definition = role?.rule?.(this.#cursor.currentNode, scope, this.#around)
    const isMethod = definition?.kind === 'function' && (scope === 'class' || scope === 'object')
    return isMethod ? { ...definition, kind: 'method' } : definition
  }

  /** Whether it contains named functions or types: also a call, and a value that is the result of one. */
  #namesFurther(definition: Definition | undefined, { from, to }: Span): boolean {
    if (to === from) return false
    const kind = definition?.kind
    if (kind !== undefined && !VALUES.has(kind) && !CALLABLE.has(kind)) return false
    const names = kind !== undefined && CALLABLE.has(kind) ? NAMES_ONE : NAMES_MEMBER
    if (kind === undefined && PASSED.test(this.#lines.slice(from, from))) return true
    return names.test(this.#lines.slice(from + 1, to))
  }

  #isLarge({ from, to }: Span): boolean {
    return from < to && !fits(this.#lines, from, to, this.#most)
  }

  #span(): Span {
    const from = this.#cursor.startPosition.row
    const { row, column } = this.#cursor.endPosition
    const isPast = row > from && this.#lines.slice(row, row).slice(0, column).trim() === ''
    return { from, to: isPast ? Math.max(from, lastRowOf(this.#cursor.currentNode)) : row }
  }
}

/** Returns the row in which a node ends. Some nodes include what follows: a line feed, indentation, comments. */
function lastRowOf(node: Node): number {
  const last = node.children.findLast((each) => !each.isExtra && each.endIndex > each.startIndex)
  if (last !== undefined) return lastRowOf(last)
  const { row, column } = node.endPosition
  return column === 0 && row > node.startPosition.row ? row - 1 : row
}

function scopeInside(definition: Definition | undefined, scope: Scope): Scope {
  if (definition?.kind === 'module') return scope
  return (definition && SCOPES[definition.kind]) ?? 'function'
}

function lead(group: Group, { from, to }: Span): void {
  const last = group.items.at(-1)
  if (group.lead === undefined && last !== undefined && from <= last.to) {
    last.to = Math.max(last.to, to)
  } else {
    group.lead = { from: group.lead?.from ?? from, to }
  }
}

/** Comments without a following definition form their own item. */
function endGroup(group: Group): void {
  if (group.lead !== undefined) group.items.push({ ...group.lead, at: group.lead.from, items: [] })
  delete group.lead
}
