import type { Node } from 'web-tree-sitter'
import { enumMember, field, holder, nameless, type Rule, type Syntax, single } from './rule.ts'

const names = (node: Node) => node.childrenForFieldName('declarator').flatMap((each) => field('name')(each) ?? [])

/** A final field is a constant. */
const fieldOfClass: Rule = (node) => {
  const modifiers = node.namedChildren.find(({ type }) => type === 'modifiers')?.text ?? ''
  const kind = /\bstatic\b/.test(modifiers) && /\bfinal\b/.test(modifiers) ? 'constant' : 'field'
  return { kind, names: names(node), holdsDefinitions: false }
}

/** `record Circle(double radius)` has a field. */
const component: Rule = (node, scope, around) =>
  around?.at(-2) === 'record_declaration' ? single('field')(node, scope, around) : undefined

export const JAVA: Syntax = {
  rules: {
    module_declaration: single('module'),
    class_declaration: holder('class'),
    record_declaration: holder('class'),
    interface_declaration: holder('interface'),
    annotation_type_declaration: holder('interface'),
    enum_declaration: holder('enum'),
    method_declaration: single('method'),
    constructor_declaration: single('method'),
    compact_constructor_declaration: single('method'),
    annotation_type_element_declaration: single('method'),
    field_declaration: fieldOfClass,
    constant_declaration: fieldOfClass,
    enum_constant: enumMember(field('name'), 'class_body'),
    object_creation_expression: nameless('class_body'),
    formal_parameter: component,
  },
  open: [
    'formal_parameters',
    'class_body',
    'interface_body',
    'enum_body',
    'enum_body_declarations',
    'annotation_type_body',
    'block',
    'constructor_body',
  ],
  leading: ['line_comment', 'block_comment'],
}
