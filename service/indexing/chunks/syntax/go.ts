import type { Node } from 'web-tree-sitter'
import { defined, type Field, field, plainName, type Rule, type Syntax, single } from './rule.ts'

const TYPE_KINDS: Readonly<Record<string, 'struct' | 'interface'>> = {
  struct_type: 'struct',
  interface_type: 'interface',
}

const typeSpec: Rule = (node) => {
  const type = node.childForFieldName('type')
  const definition = defined(
    TYPE_KINDS[type?.type ?? ''] ?? 'type',
    field('name')(node),
    type?.type === 'interface_type',
  )
  if (type?.type !== 'struct_type') return definition
  return definition && { ...definition, fields: fieldsOf(type, definition.names[0] ?? '') }
}

/** Fields, also those of structs without a name inside. */
function fieldsOf(struct: Node, owner: string): Field[] {
  const declared = struct.namedChild(0)?.namedChildren.filter(({ type }) => type === 'field_declaration') ?? []
  return declared.flatMap((each) => {
    const names = each.childrenForFieldName('name')
    const type = each.childForFieldName('type')
    const inner = type?.type === 'struct_type' ? type : undefined
    return names.flatMap(({ text, startPosition }) => {
      const name = `${owner}.${text}`
      return [{ name, line: startPosition.row }, ...(inner ? fieldsOf(inner, name) : [])]
    })
  })
}

const constants: Rule = (node, scope) => {
  if (scope !== 'top') return undefined
  const names = node.childrenForFieldName('name').flatMap((name) => (name.isNamed ? [name.text] : []))
  return names.length === 0 ? undefined : { kind: 'constant', names, holdsDefinitions: false }
}

/** `(s *Server) Listen` becomes `Server.Listen`. */
function methodName(node: Node): string | undefined {
  const name = field('name')(node)
  const receiver = node.childForFieldName('receiver')?.namedChild(0)?.childForFieldName('type')
  const owner = receiver && plainName(receiver.text.replace(/^\(?\*?/, ''))
  return owner && name ? `${owner}.${name}` : name
}

export const GO: Syntax = {
  rules: {
    function_declaration: single('function'),
    method_declaration: single('method', methodName),
    method_elem: single('method'),
    type_spec: typeSpec,
    type_alias: single('type'),
    const_spec: constants,
    var_spec: constants,
  },
  open: [
    'type_declaration',
    'const_declaration',
    'var_declaration',
    'var_spec_list',
    'interface_type',
    'block',
    'statement_list',
  ],
  leading: ['comment'],
}
