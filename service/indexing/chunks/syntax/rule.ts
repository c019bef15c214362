import type { Node } from 'web-tree-sitter'

export type Kind =
  | 'class'
  | 'struct'
  | 'interface'
  | 'trait'
  | 'impl'
  | 'extension'
  | 'object'
  | 'enum'
  | 'module'
  | 'type'
  | 'function'
  | 'method'
  /** A function whose body is elsewhere, as in a header of C. */
  | 'declaration'
  | 'property'
  /** A field in values of a type. */
  | 'field'
  /** A member of an enum. */
  | 'member'
  | 'constant'
  | 'macro'
  | 'section'
  /** A key inside of settings or data. */
  | 'key'

export const CALLABLE: ReadonlySet<string> = new Set<Kind>(['function', 'method'])

/** What encloses a node. `top` is a file or a module. */
export type Scope = 'top' | 'object' | 'class' | 'function'

/** A node that names something. */
export interface Definition {
  readonly kind: Kind
  /** The first is the main one. A dot separates a name from its owner. */
  readonly names: readonly string[]
  /** Whether its parts may be definitions too. */
  readonly holdsDefinitions: boolean
  /** Fields that its text names, without being parts of their own. */
  readonly fields?: readonly Field[]
}

export interface Field {
  /** With its owners, if there is a dot in it. */
  readonly name: string
  /** Counted from 0. */
  readonly line: number
  /** Default `field`. */
  readonly kind?: Kind
  /** Whether its name needs no owner in front. */
  readonly isWhole?: boolean
}

/**
 * Returns what a node defines. `around` are the types of the nodes that enclose it, innermost last: to find a node's
 * parent, the parser would go through all nodes before it.
 */
export type Rule = (node: Node, scope: Scope, around?: readonly string[]) => Definition | undefined

/** The chunker's knowledge of a language, in terms of its grammar's node types. */
export interface Syntax {
  readonly rules: Readonly<Record<string, Rule>>
  /** Nodes to replace by their parts: bodies, export statements, conditionals around definitions. */
  readonly open: readonly string[]
  /** Nodes that belong to the next definition: comments, decorators, attributes. */
  readonly leading: readonly string[]
}

type Name = (node: Node, around?: readonly string[]) => string | undefined

/** A definition that may contain others: a class, a module. */
export function holder(kind: Kind, name: Name = field('name')): Rule {
  return (node, _, around) => defined(kind, name(node, around), true)
}

/** A definition without relevant definitions inside: a function, a type. */
export function single(kind: Kind, name: Name = field('name')): Rule {
  return (node, _, around) => defined(kind, name(node, around), false)
}

/** A class without a name, whose members belong to what encloses it. */
export function nameless(...bodies: readonly string[]): Rule {
  return (node) =>
    node.namedChildren.some(({ type }) => bodies.includes(type))
      ? { kind: 'class', names: [], holdsDefinitions: true }
      : undefined
}

/** A member of an enum, which may have a body of its own. */
export function enumMember(name: Name, ...bodies: readonly string[]): Rule {
  return (node, _, around) =>
    defined(
      'member',
      name(node, around),
      node.namedChildren.some(({ type }) => bodies.includes(type)),
    )
}

/** A name that matters only outside functions and classes. */
export function topLevel(kind: Kind, name: Name = field('name')): Rule {
  return (node, scope, around) =>
    scope === 'top' || scope === 'object' ? defined(kind, name(node, around)) : undefined
}

export function defined(kind: Kind, name: string | undefined, holdsDefinitions = false): Definition | undefined {
  return name === undefined ? undefined : { kind, names: [name], holdsDefinitions }
}

/** Adds to a definition the fields that nodes inside declare. A field may have several names. */
export function withFields(definition: Definition | undefined, nodes: readonly Node[], name = field('name')) {
  const fields = nodes.flatMap((node) => {
    const found = name(node)
    return found === undefined ? [] : [{ name: found, line: node.startPosition.row }]
  })
  return definition === undefined || fields.length === 0 ? definition : { ...definition, fields }
}

/** Takes the text of the first of these fields that the node has. */
export function field(...fields: readonly string[]): (node: Node) => string | undefined {
  return (node) => {
    for (const name of fields) {
      const child = node.childForFieldName(name)
      if (child !== null) return plainName(child.text)
    }
    return undefined
  }
}

/** Takes the text of the first child with one of these types. */
export function child(...types: readonly string[]): (node: Node) => string | undefined {
  return (node) => {
    const found = node.namedChildren.find((each) => types.includes(each.type))
    return found && plainName(found.text)
  }
}

const LONGEST_NAME = 200
/** With the arguments of its types. */
const LONGEST_TEXT = 10 * LONGEST_NAME

const SPACED_OPERATOR = /\boperator\s+(?=[^\p{L}\p{N}_\s"])/u
const IS_OPERATOR = /^[^\p{L}\p{N}\s"'.]{1,20}$/u

/** Simplifies a name: `Box<T>::get` becomes `Box.get`. */
export function plainName(text: string): string | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  if (IS_OPERATOR.test(text)) return text
  const name = text.includes('operator') ? text : withoutArguments(text)
  const plain = name
    .replace(/::|\\/g, '.')
    .replace(SPACED_OPERATOR, 'operator')
    .replace(/^[\s.'"]+|['"\s]+$/g, '')
    .replaceAll('`', '')
    .replace(/\s+/g, ' ')
  return plain === '' || plain.length > LONGEST_NAME ? undefined : plain
}

function withoutArguments(name: string): string {
  const shorter = name.replace(/<[^<>]*>|\[[^[\]]*\]/g, '')
  return shorter === name ? name : withoutArguments(shorter)
}
