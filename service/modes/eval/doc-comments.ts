import type { Node } from 'web-tree-sitter'
import { type Grammar, grammarOf } from '../../indexing/chunks/grammars.ts'
import type { Scope } from '../../indexing/chunks/syntax/rule.ts'
import { languageOf } from '../../indexing/files/languages.ts'
import { attached, commentText, docsAmong, docstringOf } from './doc-nodes.ts'

/** A function with a doc comment. */
export interface DocumentedFunction {
  readonly name: string
  /** Line of the name, counted from 1, after the doc comments were removed. */
  readonly line: number
  /** Text of the comment without its markers. */
  readonly comment: string
}

export interface Undocumented {
  readonly language: string
  /** Text of the file without doc comments. */
  readonly text: string
  readonly functions: readonly DocumentedFunction[]
}

const LONGEST_PARSE_MS = 20_000
// No code is nested this deeply.
const DEEPEST = 200

/**
 * Removes a file's doc comments, and returns the functions that had one. Returns undefined for languages without a
 * grammar.
 */
export async function removeDocComments(path: string, text: string): Promise<Undocumented | undefined> {
  const language = languageOf(path, text)
  const grammar = await grammarOf(path, language)
  const tree = grammar?.parse(text, LONGEST_PARSE_MS)
  if (grammar === undefined || tree === undefined) return undefined
  const reader = new Reader(grammar, language)
  reader.read(tree.rootNode)
  tree.delete()
  const cut = without(text, reader.cuts)
  const functions = reader.found.map(({ name, at, comment }) => ({ name, comment, line: cut.lineOf(at) }))
  return { language, text: cut.text, functions }
}

interface Found {
  readonly name: string
  /** Index of the name. */
  readonly at: number
  readonly comment: string
}

interface Place {
  readonly scope: Scope
  readonly depth: number
  /** The comment above this node. */
  readonly comment?: string | undefined
}

class Reader {
  readonly cuts: Cut[] = []
  readonly found: Found[] = []
  readonly #grammar: Grammar
  readonly #language: string

  constructor(grammar: Grammar, language: string) {
    this.#grammar = grammar
    this.#language = language
  }

  read(root: Node): void {
    this.#children(root, { scope: 'top', depth: 0 })
  }

  #children(parent: Node, place: Place): void {
    let comments: Node[] = []
    let leadFrom: number | undefined
    for (const node of parent.namedChildren) {
      if (node.type.includes('comment')) {
        comments.push(node)
      } else if (this.#grammar.roles(node.typeId)?.leading) {
        leadFrom ??= node.startPosition.row
      } else {
        const row = leadFrom ?? node.startPosition.row
        const docs = docsAmong(comments, this.#language, { parent: parent.type, row })
        this.#cut(docs)
        this.#node(node, { ...place, comment: attached(docs, row) ?? place.comment })
        comments = []
        leadFrom = undefined
      }
    }
    this.#cut(docsAmong(comments, this.#language, { parent: parent.type }))
  }

  #node(node: Node, { scope, depth, comment }: Place): void {
    if (depth > DEEPEST || this.#isBareString(node)) return
    const role = this.#grammar.roles(node.typeId)
    const definition = role?.rule?.(node, scope)
    const text = comment ?? (this.#language === 'python' ? docstringOf(node) : undefined)
    const isFunction = definition?.kind === 'function' || definition?.kind === 'method'
    if (isFunction && text !== undefined && hasBody(node)) {
      const name = definition.names[0] ?? ''
      this.found.push({ name, at: nameNode(node).startIndex, comment: commentText(text) })
    }
    const inner = definition === undefined ? scope : definition.holdsDefinitions ? 'class' : 'function'
    const passed = definition === undefined && role?.open ? comment : undefined
    this.#children(node, { scope: inner, depth: depth + 1, comment: passed })
  }

  /** Whether the node is a Python docstring, which attributes can have too. */
  #isBareString(node: Node): boolean {
    const isString = node.type === 'expression_statement' && node.namedChild(0)?.type === 'string'
    if (this.#language !== 'python' || !isString || node.namedChildCount !== 1) return false
    const alone = node.parent?.type === 'block' && node.parent.namedChildCount === 1
    this.cuts.push({ from: node.startIndex, to: node.endIndex, ...(alone ? { instead: 'pass' } : {}) })
    return true
  }

  #cut(docs: readonly Node[]): void {
    for (const { startIndex, endIndex } of docs) this.cuts.push({ from: startIndex, to: endIndex })
  }
}

function nameNode(node: Node): Node {
  const named = node.childForFieldName('name') ?? node.childForFieldName('left') ?? node.childForFieldName('key')
  return named ?? node.namedChildren.find(({ type }) => type.endsWith('identifier')) ?? node
}

/** A bare signature, as in an interface, does nothing that a question could be about. */
function hasBody(node: Node): boolean {
  const value = node.childForFieldName('value') ?? node.childForFieldName('right') ?? node
  return value.childForFieldName('body') !== null || value.namedChildren.some(({ type }) => type === 'function_body')
}

interface Cut {
  readonly from: number
  readonly to: number
  readonly instead?: string
}

/** Returns a text without the cuts and the lines that they leave empty. */
function without(text: string, cuts: readonly Cut[]) {
  const kept: { readonly from: number; readonly piece: string }[] = []
  let at = 0
  for (const { from, to, instead } of cuts.map((cut) => widened(text, cut)).sort((a, b) => a.from - b.from)) {
    kept.push({ from: at, piece: text.slice(at, Math.max(at, from)) })
    if (instead !== undefined) kept.push({ from: to, piece: instead })
    at = Math.max(at, to)
  }
  kept.push({ from: at, piece: text.slice(at) })
  return {
    text: kept.map(({ piece }) => piece).join(''),
    /** Returns the new line, counted from 1, of what was at `index`. */
    lineOf(index: number): number {
      let lines = 1
      for (const { from, piece } of kept) {
        if (from > index) break
        lines += piece.slice(0, index - from).split('\n').length - 1
      }
      return lines
    },
  }
}

/** Widens a cut to whole lines if they contain nothing else. */
function widened(text: string, { from, to, instead }: Cut): Cut {
  if (instead !== undefined) return { from, to, instead }
  const lineStart = text.lastIndexOf('\n', from - 1) + 1
  const feed = text.indexOf('\n', Math.max(to - 1, 0))
  const lineEnd = feed < 0 ? text.length : feed + 1
  const isAlone = text.slice(lineStart, from).trim() === '' && text.slice(to, Math.max(to, lineEnd)).trim() === ''
  return isAlone ? { from: lineStart, to: Math.max(to, lineEnd) } : { from, to }
}
