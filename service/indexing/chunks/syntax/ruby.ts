import type { Node } from 'web-tree-sitter'
import {
  type Definition,
  field,
  holder,
  type Kind,
  plainName,
  type Rule,
  type Syntax,
  single,
  withFields,
} from './rule.ts'

const assignment: Rule = (node, scope) => {
  const left = node.childForFieldName('left')
  if (scope === 'function' || left?.type !== 'constant') return undefined
  const right = node.childForFieldName('right')
  const isBuilt = right?.childForFieldName('block') != null
  const isRecord = RECORDS.test(right?.childForFieldName('receiver')?.text ?? '')
  const kind = isBuilt || isRecord ? 'class' : 'constant'
  const listed = isRecord ? (right?.childForFieldName('arguments')?.namedChildren ?? []) : []
  return withFields({ kind, names: [left.text], holdsDefinitions: isBuilt }, listed, symbolName)
}

/** Classes whose instances are made with the names of their fields: `Struct.new(:taken_at)` */
const RECORDS = /^(?:::)?(?:Struct|Data)$/
const symbolName = (node: Node) => (node.type === 'simple_symbol' ? node.text.slice(1) : undefined)

/** Calls that define members of a class, by method. */
const NAMING: Readonly<Record<string, Kind>> = {
  attr_accessor: 'field',
  attr_reader: 'field',
  attr_writer: 'field',
  cattr_accessor: 'field',
  mattr_accessor: 'field',
  cattr_reader: 'field',
  mattr_reader: 'field',
  has_one_attached: 'field',
  has_many_attached: 'field',
  store_accessor: 'field',
  attribute: 'field',
  enum: 'field',
  field: 'field',
  def_delegators: 'method',
  def_delegator: 'method',
  trait: 'object',
  class_attribute: 'field',
  has_many: 'field',
  has_one: 'field',
  belongs_to: 'field',
  scope: 'method',
  define_method: 'method',
  alias_method: 'method',
  delegate: 'method',
  task: 'function',
  let: 'method',
  'let!': 'method',
  subject: 'method',
  factory: 'object',
}
const ALL_NAMED = /^(?:[cm]?attr_|class_attribute|def_delegators|delegate|store_accessor)/
const FIRST_IS_A_RECEIVER = /^(?:def_delegators?|store_accessor)$/
/** Calls with a block in which names are defined. */
const HOLDING =
  /^(?:new|namespace|included|class_methods|concerning|define|describe|context|shared_context|shared_examples)$/

/** `private def secret` defines the method, `attr_reader :coins` a property. */
const namingCall: Rule = (node, scope) => {
  const given = node.childForFieldName('arguments')?.namedChildren ?? []
  const [inner] = given
  if (inner?.type === 'method' || inner?.type === 'singleton_method') return method(inner, scope)
  const called = node.childForFieldName('method')?.text ?? ''
  const kind = Object.hasOwn(NAMING, called) ? NAMING[called] : undefined
  if (kind === undefined) return HOLDING.test(called) ? block(node, called, inner) : undefined
  const symbols = given
    .flatMap((each) => symbolIn(each, given.length === 1) ?? [])
    .slice(FIRST_IS_A_RECEIVER.test(called) ? 1 : 0)
  const named =
    called === 'def_delegator' ? symbols.slice(-1) : symbols.slice(0, ALL_NAMED.test(called) ? undefined : 1)
  const names = named.map(({ text }) => text.replace(/^:|:$/g, ''))
  return names.length === 0 ? undefined : { kind, names, holdsDefinitions: false }
}

const NAME_IN_QUOTES = /^(['"])[a-z_]\w*[?!=]?\1$/

/** `:seed`, `"seed"`, and of `seed: :environment` or `:seed => :environment` the key. */
function symbolIn(node: Node, isOnly: boolean): Node | undefined {
  if (node.type === 'simple_symbol') return node
  if (node.type === 'string' && NAME_IN_QUOTES.test(node.text)) return node.namedChild(0) ?? undefined
  const key = node.type === 'pair' && isOnly ? node.childForFieldName('key') : null
  return key?.type === 'hash_key_symbol' || key?.type === 'simple_symbol' ? key : undefined
}

function block(node: Node, called: string, name: Node | undefined): Definition | undefined {
  if (node.childForFieldName('block') === null) return undefined
  const isModule = called === 'namespace' && name?.type === 'simple_symbol'
  return { kind: isModule ? 'module' : 'object', names: isModule ? [name.text.slice(1)] : [], holdsDefinitions: true }
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
