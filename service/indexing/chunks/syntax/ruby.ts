import { field, holder, plainName, type Rule, type Syntax, single } from './rule.ts'

const assignment: Rule = (node, scope) => {
  const left = node.childForFieldName('left')
  if (scope !== 'top' || left?.type !== 'constant') return undefined
  const isBuilt = node.childForFieldName('right')?.childForFieldName('block') != null
  return { kind: isBuilt ? 'class' : 'constant', names: [left.text], holdsDefinitions: false }
}

/** `private def secret` is the method. */
const modifiedMethod: Rule = (node, scope) => {
  const inner = node.childForFieldName('arguments')?.namedChild(0)
  return inner?.type === 'method' || inner?.type === 'singleton_method' ? method(inner, scope) : undefined
}

const method = single('method', field('name'))

export const RUBY: Syntax = {
  rules: {
    module: holder('module'),
    class: holder('class'),
    method,
    singleton_method: method,
    call: modifiedMethod,
    assignment,
    alias: single('method', (node) => plainName(node.childForFieldName('name')?.text ?? '')),
  },
  open: ['body_statement', 'singleton_class', 'do_block', 'block', 'begin', 'if', 'unless', 'then', 'else'],
  leading: ['comment'],
}
