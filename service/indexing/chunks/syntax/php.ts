import type { Node } from 'web-tree-sitter'
import { child, defined, holder, plainName, type Rule, type Syntax, single } from './rule.ts'

const CLOSURES = new Set(['anonymous_function', 'anonymous_function_creation_expression', 'arrow_function'])

const assignment: Rule = (node) => {
  const value = node.childForFieldName('right')
  if (value === null || !CLOSURES.has(value.type)) return undefined
  return defined('function', plainName((node.childForFieldName('left')?.text ?? '').replace(/^\$/, '')))
}

/** `define('NAME', …)` */
const define: Rule = (node) => {
  if (node.childForFieldName('function')?.text !== 'define') return undefined
  return defined('constant', plainName(node.childForFieldName('arguments')?.namedChild(0)?.text ?? ''))
}

const constant: Rule = (node, scope) => (scope === 'function' ? undefined : defined('constant', child('name')(node)))

const propertyName = (node: Node) => plainName((node.namedChild(0)?.text ?? '').replace(/^\$/, ''))

const promotedName = (node: Node) => plainName((node.childForFieldName('name')?.text ?? '').replace(/^\$/, ''))

/** A constructor may declare properties among its parameters. */
const method: Rule = (node) => {
  const name = node.childForFieldName('name')?.text
  return defined('method', name && plainName(name), name === '__construct')
}

export const PHP: Syntax = {
  rules: {
    class_declaration: holder('class'),
    interface_declaration: holder('interface'),
    trait_declaration: holder('trait'),
    enum_declaration: holder('enum'),
    method_declaration: method,
    property_promotion_parameter: single('field', promotedName),
    function_definition: single('function'),
    const_element: constant,
    enum_case: single('member'),
    property_element: single('field', propertyName),
    assignment_expression: assignment,
    function_call_expression: define,
  },
  open: [
    'namespace_definition',
    'declaration_list',
    'enum_declaration_list',
    'const_declaration',
    'property_declaration',
    'expression_statement',
    'if_statement',
    'else_clause',
    'compound_statement',
    'return_statement',
    'object_creation_expression',
    'anonymous_class',
    'formal_parameters',
  ],
  leading: ['comment'],
}
