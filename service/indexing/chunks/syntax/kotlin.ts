import type { Node } from 'web-tree-sitter'
import { child, defined, enumMember, type Kind, nameless, plainName, type Rule, type Syntax, single } from './rule.ts'

const KEYWORDS: Readonly<Record<string, Kind>> = { interface: 'interface', enum: 'enum' }

const classLike: Rule = (node) => {
  const keyword = node.children.find((each) => KEYWORDS[each.type] !== undefined)?.type ?? ''
  return defined(KEYWORDS[keyword] ?? 'class', child('type_identifier')(node), true)
}

/** `fun Order.isLarge()` becomes `Order.isLarge`. */
function functionName(node: Node): string | undefined {
  const parts = node.namedChildren
  const at = parts.findIndex((each) => each.type === 'simple_identifier')
  return withReceiver(plainName(parts[at]?.text ?? ''), parts, at)
}

function withReceiver(name: string | undefined, parts: readonly Node[], at: number): string | undefined {
  const receiver = parts.slice(0, at).findLast((each) => each.type.endsWith('_type'))
  const owner = receiver && plainName(receiver.text.replace(/\?$/, ''))
  return owner && name ? `${owner}.${name}` : name
}

function propertyName(node: Node): string | undefined {
  const parts = node.namedChildren
  const at = parts.findIndex((each) => each.type === 'variable_declaration')
  const variable = parts[at]
  return variable && withReceiver(child('simple_identifier')(variable), parts, at)
}

/** Constants outside functions and classes, properties inside classes. */
const property: Rule = (node, scope) =>
  scope === 'function' ? undefined : defined(scope === 'class' ? 'field' : 'constant', propertyName(node))

/** `class Purse(val coins: Int)` has a property. */
const parameter: Rule = (node) =>
  node.namedChildren.some(({ type }) => type === 'binding_pattern_kind')
    ? defined('field', child('simple_identifier')(node))
    : undefined

export const KOTLIN: Syntax = {
  rules: {
    class_declaration: classLike,
    object_declaration: (node) => defined('object', child('type_identifier')(node), true),
    function_declaration: single('function', functionName),
    secondary_constructor: () => defined('method', 'constructor'),
    property_declaration: property,
    enum_entry: enumMember(child('simple_identifier'), 'class_body'),
    object_literal: nameless('class_body'),
    class_parameter: parameter,
    type_alias: single('type', child('type_identifier')),
  },
  open: ['class_body', 'primary_constructor', 'enum_class_body', 'companion_object', 'function_body', 'statements'],
  leading: ['line_comment', 'multiline_comment'],
}
