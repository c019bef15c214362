import { defined, field, holder, plainName, type Rule, type Syntax, single } from './rule.ts'

const SEVERAL = new Set(['pattern_list', 'tuple_pattern'])

const assignment: Rule = (node, scope) => {
  const left = node.childForFieldName('left')
  const right = node.childForFieldName('right')
  if (scope !== 'function' && left !== null && SEVERAL.has(left.type)) {
    const names = left.namedChildren.flatMap(({ type, text }) => (type === 'identifier' && text !== '_' ? text : []))
    return names.length === 0
      ? undefined
      : { kind: scope === 'class' ? 'field' : 'constant', names, holdsDefinitions: false }
  }
  // A name assigned to itself was imported and is defined elsewhere.
  if (scope === 'function' || left?.type !== 'identifier' || right?.text === left.text) return undefined
  const kind = scope === 'class' ? 'field' : 'constant'
  const inner = right?.type === 'assignment' ? assignment(right, scope)?.names : undefined
  if (inner !== undefined) return { kind, names: [left.text, ...inner], holdsDefinitions: false }
  return defined(right?.type === 'lambda' ? 'function' : kind, plainName(left.text))
}

export const PYTHON: Syntax = {
  rules: {
    function_definition: single('function'),
    class_definition: holder('class'),
    assignment,
    type_alias_statement: single('type', field('left')),
  },
  open: [
    'decorated_definition',
    'block',
    'expression_statement',
    'if_statement',
    'elif_clause',
    'else_clause',
    'try_statement',
    'except_clause',
    'except_group_clause',
    'finally_clause',
    'with_statement',
  ],
  leading: ['comment', 'decorator'],
}
