import { defined, field, type Kind, type Rule, type Syntax, single } from './rule.ts'

const KEYWORDS: Readonly<Record<string, Kind>> = {
  class: 'class',
  actor: 'class',
  struct: 'struct',
  enum: 'enum',
  extension: 'extension',
}

const classLike: Rule = (node) => {
  const keyword = node.children.find((each) => KEYWORDS[each.type] !== undefined)?.type ?? ''
  return defined(KEYWORDS[keyword] ?? 'class', field('name')(node), true)
}

/** Constants outside functions and types, properties inside types. */
const property: Rule = (node, scope) =>
  scope === 'function' ? undefined : defined(scope === 'class' ? 'field' : 'constant', field('name')(node))

/** `case one, two` */
const cases: Rule = (node) => ({
  kind: 'member',
  names: node.childrenForFieldName('name').flatMap((name) => (name === null ? [] : name.text)),
  holdsDefinitions: false,
})

export const SWIFT: Syntax = {
  rules: {
    class_declaration: classLike,
    protocol_declaration: (node) => defined('interface', field('name')(node), true),
    function_declaration: single('function'),
    protocol_function_declaration: single('function'),
    init_declaration: () => defined('method', 'init'),
    deinit_declaration: () => defined('method', 'deinit'),
    subscript_declaration: () => defined('method', 'subscript'),
    typealias_declaration: single('type'),
    property_declaration: property,
    protocol_property_declaration: single('field', (node) => field('name')(node)?.replace(/^(?:var|let) /, '')),
    enum_entry: cases,
  },
  open: ['class_body', 'enum_class_body', 'protocol_body', 'function_body', 'statements'],
  leading: ['comment', 'multiline_comment'],
}
