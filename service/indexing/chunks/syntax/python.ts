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

const OF_INSTANCE = /^[ \t]+self\.(\w+)[ \t]*(?::[^=\n]+)?=(?!=)/gm
const LONGEST_INITIALIZER = 20_000

/** A function, and of an initializer the fields that it sets. */
const callable: Rule = (node, ...rest) => {
  const definition = single('function')(node, ...rest)
  if (definition?.names[0] !== '__init__' || node.endIndex - node.startIndex > LONGEST_INITIALIZER) return definition
  const fields = new Map<string, number>()
  const text = node.text
  let line = node.startPosition.row
  let counted = 0
  for (const match of text.matchAll(OF_INSTANCE)) {
    line += text.slice(counted, match.index).split('\n').length - 1
    counted = match.index
    const [, name = ''] = match
    if (!fields.has(name)) fields.set(name, line)
  }
  return { ...definition, fields: Array.from(fields, ([name, at]) => ({ name, line: at })) }
}

export const PYTHON: Syntax = {
  rules: {
    function_definition: callable,
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
