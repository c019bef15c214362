import type { Node } from 'web-tree-sitter'
import { defined, field, holder, type Rule, type Syntax, single, withFields } from './rule.ts'

const fieldOfClass: Rule = (node: Node) => {
  const kind = node.namedChildren.some(({ type, text }) => type === 'modifier' && text === 'const')
    ? 'constant'
    : 'field'
  const declared = node.namedChildren.find(({ type }) => type === 'variable_declaration')
  const names = (declared?.namedChildren ?? []).flatMap((each) =>
    each.type === 'variable_declarator' ? (field('name')(each) ?? []) : [],
  )
  return names.length === 0 ? undefined : { kind, names, holdsDefinitions: false }
}

/** The parameters of a record are its properties. */
const record: Rule = (node, ...rest) =>
  withFields(
    holder('class')(node, ...rest),
    node.namedChildren.find(({ type }) => type === 'parameter_list')?.namedChildren ?? [],
  )

export const CSHARP: Syntax = {
  rules: {
    class_declaration: holder('class'),
    record_declaration: record,
    struct_declaration: holder('struct'),
    interface_declaration: holder('interface'),
    enum_declaration: holder('enum'),
    enum_member_declaration: single('member'),
    field_declaration: fieldOfClass,
    event_field_declaration: fieldOfClass,
    event_declaration: single('field'),
    delegate_declaration: single('type'),
    method_declaration: single('method'),
    constructor_declaration: single('method'),
    destructor_declaration: (node) => defined('method', `~${field('name')(node) ?? ''}`),
    operator_declaration: (node) => defined('method', `operator${field('operator')(node) ?? ''}`.trim()),
    indexer_declaration: () => defined('property', 'this'),
    property_declaration: single('property'),
    local_function_statement: single('function'),
  },
  open: [
    'namespace_declaration',
    'file_scoped_namespace_declaration',
    'declaration_list',
    'enum_member_declaration_list',
    'global_statement',
    'block',
    'preproc_if',
    'preproc_else',
  ],
  leading: ['comment'],
}
