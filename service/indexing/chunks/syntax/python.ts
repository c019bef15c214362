import { defined, field, holder, plainName, type Rule, type Syntax, single } from './rule.ts'

const assignment: Rule = (node, scope) => {
  const left = node.childForFieldName('left')
  const right = node.childForFieldName('right')
  // A name assigned to itself was imported and is defined elsewhere.
  if (scope === 'function' || left?.type !== 'identifier' || right?.text === left.text) return undefined
  const kind = scope === 'class' ? 'field' : 'constant'
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
