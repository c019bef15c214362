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
  | 'property'
  /** Of the values of a type that has fields. */
  | 'field'
  /** Of an enum. */
  | 'member'
  | 'constant'
  | 'macro'
  | 'section'

/** What a node stands in; `top` is a file or a module. */
export type Scope = 'top' | 'object' | 'class' | 'function'

/** A node that gives something a name. */
export interface Definition {
  readonly kind: Kind
  /** The first is the main one; a dot separates a name from its owner. */
  readonly names: readonly string[]
  /** Whether its parts may be definitions as well. */
  readonly holdsDefinitions: boolean
}

export type Rule = (node: Node, scope: Scope) => Definition | undefined

/** What the chunker knows of a language: everything is named by node types of its grammar. */
export interface Syntax {
  readonly rules: Readonly<Record<string, Rule>>
  /** Nodes whose parts stand for themselves: bodies, export statements, conditionals around definitions. */
  readonly open: readonly string[]
  /** Nodes that belong to the definition after them: comments, decorators, attributes. */
  readonly leading: readonly string[]
}

type Name = (node: Node) => string | undefined

/** A definition that may hold others: a class, a module. */
export function holder(kind: Kind, name: Name = field('name')): Rule {
  return (node) => defined(kind, name(node), true)
}

/** A definition that holds no others, or none that matter to its readers: a function, a type. */
export function single(kind: Kind, name: Name = field('name')): Rule {
  return (node) => defined(kind, name(node), false)
}

/** A name that matters only outside of functions and classes. */
export function topLevel(kind: Kind, name: Name = field('name')): Rule {
  return (node, scope) => (scope === 'top' || scope === 'object' ? defined(kind, name(node)) : undefined)
}

export function defined(kind: Kind, name: string | undefined, holdsDefinitions = false): Definition | undefined {
  return name === undefined ? undefined : { kind, names: [name], holdsDefinitions }
}

/** The text of the first field that the node has. */
export function field(...fields: readonly string[]): Name {
  return (node) => {
    for (const name of fields) {
      const child = node.childForFieldName(name)
      if (child !== null) return plainName(child.text)
    }
    return undefined
  }
}

/** The text of the first child of one of these types. */
export function child(...types: readonly string[]): Name {
  return (node) => {
    const found = node.namedChildren.find((each) => types.includes(each.type))
    return found && plainName(found.text)
  }
}

const LONGEST_NAME = 200

/** A name as people say it: `Box<T>::get` is `Box.get`. */
export function plainName(text: string): string | undefined {
  const name = text.includes('operator') ? text : withoutArguments(text)
  const plain = name
    .replace(/::|\\/g, '.')
    .replace(/^[\s.'"]+|['"\s]+$/g, '')
    .replace(/\s+/g, ' ')
  return plain === '' || plain.length > LONGEST_NAME ? undefined : plain
}

function withoutArguments(name: string): string {
  const shorter = name.replace(/<[^<>]*>|\[[^[\]]*\]/g, '')
  return shorter === name ? name : withoutArguments(shorter)
}
