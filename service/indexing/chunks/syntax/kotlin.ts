import type { Node } from 'web-tree-sitter'
import { child, defined, type Kind, plainName, type Rule, type Syntax, single, topLevel } from './rule.ts'

const KEYWORDS: Readonly<Record<string, Kind>> = { interface: 'interface', enum: 'enum' }

const classLike: Rule = (node) => {
  const keyword = node.children.find((each) => KEYWORDS[each.type] !== undefined)?.type ?? ''
  return defined(KEYWORDS[keyword] ?? 'class', child('type_identifier')(node), true)
}

/** `fun Order.isLarge()` is `Order.isLarge`. */
function functionName(node: Node): string | undefined {
  const parts = node.namedChildren
  const at = parts.findIndex((each) => each.type === 'simple_identifier')
  const name = parts[at]?.text
  const receiver = parts.slice(0, at).findLast((each) => each.type.endsWith('_type'))
  const owner = receiver && plainName(receiver.text.replace(/\?$/, ''))
  return owner && name ? `${owner}.${name}` : name
}

function propertyName(node: Node): string | undefined {
  const variable = node.namedChildren.find((each) => each.type === 'variable_declaration')
  return variable && child('simple_identifier')(variable)
}

export const KOTLIN: Syntax = {
  rules: {
    class_declaration: classLike,
    object_declaration: (node) => defined('object', child('type_identifier')(node), true),
    function_declaration: single('function', functionName),
    secondary_constructor: () => defined('method', 'constructor'),
    property_declaration: topLevel('constant', propertyName),
    type_alias: single('type', child('type_identifier')),
  },
  open: ['class_body', 'enum_class_body', 'companion_object', 'function_body', 'statements'],
  leading: ['line_comment', 'multiline_comment'],
}
