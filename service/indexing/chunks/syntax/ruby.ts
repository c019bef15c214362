import { field, holder, type Kind, plainName, type Rule, type Syntax, single } from './rule.ts'

const assignment: Rule = (node, scope) => {
  const left = node.childForFieldName('left')
  if (scope === 'function' || left?.type !== 'constant') return undefined
  const isBuilt = node.childForFieldName('right')?.childForFieldName('block') != null
  return { kind: isBuilt ? 'class' : 'constant', names: [left.text], holdsDefinitions: false }
}

/** Calls that define members of a class, by method. */
const NAMING: Readonly<Record<string, Kind>> = {
  attr_accessor: 'field',
  attr_reader: 'field',
  attr_writer: 'field',
  cattr_accessor: 'field',
  mattr_accessor: 'field',
  class_attribute: 'field',
  has_many: 'field',
  has_one: 'field',
  belongs_to: 'field',
  scope: 'method',
  define_method: 'method',
  alias_method: 'method',
}
const ALL_NAMED = /^(?:[cm]?attr_|class_attribute)/

/** `private def secret` defines the method, `attr_reader :coins` a property. */
const namingCall: Rule = (node, scope) => {
  const given = node.childForFieldName('arguments')?.namedChildren ?? []
  const [inner] = given
  if (inner?.type === 'method' || inner?.type === 'singleton_method') return method(inner, scope)
  const called = node.childForFieldName('method')?.text ?? ''
  const kind = Object.hasOwn(NAMING, called) ? NAMING[called] : undefined
  if (kind === undefined) return undefined
  const symbols = given.filter(({ type }) => type === 'simple_symbol').slice(0, ALL_NAMED.test(called) ? undefined : 1)
  const names = symbols.map(({ text }) => text.slice(1))
  return names.length === 0 ? undefined : { kind, names, holdsDefinitions: false }
}

const method = single('method', field('name'))

export const RUBY: Syntax = {
  rules: {
    module: holder('module'),
    class: holder('class'),
    method,
    singleton_method: method,
    call: namingCall,
    assignment,
    alias: single('method', (node) => plainName(node.childForFieldName('name')?.text ?? '')),
  },
  open: ['body_statement', 'singleton_class', 'do_block', 'block', 'begin', 'if', 'unless', 'then', 'else'],
  leading: ['comment'],
}
