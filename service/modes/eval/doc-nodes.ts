import type { Node } from 'web-tree-sitter'

interface Next {
  readonly parent: string
  /** Row of the next node. Undefined at the end. */
  readonly row?: number
}

const GO_PARENTS = new Set([
  'source_file',
  'field_declaration_list',
  'interface_type',
  'const_declaration',
  'var_declaration',
  'var_spec_list',
  'type_declaration',
])
const GO_DIRECTIVE = /^\/\/(?:go:|export |line |nolint| ?\+build)/

/** Returns those of the adjacent comments that are documentation. */
export function docsAmong(comments: readonly Node[], language: string, next: Next): Node[] {
  if (language === 'python') return []
  if (language === 'rust') return comments.filter(({ text }) => /^(?:\/\/[/!](?!\/)|\/\*[*!])/.test(text))
  if (language !== 'go') return comments.filter(({ text }) => /^\/\*\*(?![*/])/.test(text))
  if (!GO_PARENTS.has(next.parent)) return []
  return touching(comments, next.row).filter(({ text }) => !GO_DIRECTIVE.test(text))
}

/** Returns the text of the comments that end directly above the row. */
export function attached(docs: readonly Node[], row: number): string | undefined {
  const near = touching(docs, row).filter(({ text }) => !/^\/[/*]!/.test(text))
  const last = near.at(-1)
  if (last === undefined) return undefined
  return last.text.startsWith('/*') ? last.text : near.map(({ text }) => text.trimEnd()).join('\n')
}

/** Returns the last comments in which each begins on the line after the previous one. */
function touching(comments: readonly Node[], row = Number.NaN): Node[] {
  let below = row
  const first = comments.findLastIndex((node) => {
    if (lastRow(node) < below - 1 || Number.isNaN(below)) return true
    below = node.startPosition.row
    return false
  })
  return comments.slice(first + 1)
}

/** Rust's line comments include the line feed and so end on the next line. */
function lastRow({ startPosition, endPosition }: Node): number {
  return endPosition.column === 0 && endPosition.row > startPosition.row ? endPosition.row - 1 : endPosition.row
}

/** Returns a Python function's docstring. */
export function docstringOf(node: Node): string | undefined {
  const first = node.childForFieldName('body')?.namedChildren.find(({ type }) => type !== 'comment')
  const isString = first?.type === 'expression_statement' && first.namedChild(0)?.type === 'string'
  return isString ? first.text.replace(/^[a-zA-Z]*("""|'''|"|')/, '').replace(/("""|'''|"|')$/, '') : undefined
}

/** Returns a comment's first paragraph without its markers. */
export function commentText(comment: string): string {
  const paragraph: string[] = []
  for (const line of comment.split('\n')) {
    const text = line.replace(/^\s*(?:\/\*[*!]?|\/\/[/!]?|\*+(?!\*|\/))/, '').replace(/\*+\/\s*$/, '')
    const said = text.trim()
    if (/^(?:@|\+|```|#\s)/.test(said) || (said === '' && paragraph.length > 0)) break
    if (said !== '') paragraph.push(said)
  }
  return paragraph.join(' ')
}
