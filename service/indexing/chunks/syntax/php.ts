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

export const PHP: Syntax = {
  rules: {
    class_declaration: holder('class'),
    interface_declaration: holder('interface'),
    trait_declaration: holder('trait'),
    enum_declaration: holder('enum'),
    method_declaration: single('method'),
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
  ],
  leading: ['comment'],
}
