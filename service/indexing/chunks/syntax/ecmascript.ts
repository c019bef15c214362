import type { Node } from 'web-tree-sitter'
import {
  type Definition,
  defined,
  field,
  holder,
  plainName,
  type Rule,
  type Syntax,
  single,
  withFields,
} from './rule.ts'

const FUNCTIONS = new Set(['arrow_function', 'function_expression', 'function', 'generator_function'])

const nameOrDefault = (node: Node, around?: readonly string[]) =>
  field('name')(node) ?? (around?.at(-1) === 'export_statement' ? 'default' : undefined)

const variable: Rule = (node, scope) => {
  const name = node.childForFieldName('name')
  if (name === null) return undefined
  const value = node.childForFieldName('value')
  if (name.type !== 'identifier') return scope === 'top' ? pattern(name) : undefined
  return value === null && scope !== 'top' ? undefined : valueNamed(name.text, value, scope === 'top')
}

const assignment: Rule = (node, scope) => {
  const left = node.childForFieldName('left')?.text ?? ''
  if (left.length > 100 || !/^[\w$#.]+$/.test(left)) return undefined
  const value = node.childForFieldName('right')
  if (left.endsWith('.prototype')) return valueNamed(left.slice(0, -'.prototype'.length), value, false)
  const exported = /^(module\.)?exports\./.test(left)
  const name = left.replace(/^((module\.)?exports\.|this\.)/, '').replace('.prototype.', '.')
  return valueNamed(name, value, exported && scope === 'top')
}

/** Names functions, classes and objects anywhere, and other values only if they are constants of a module. */
function valueNamed(name: string, node: Node | null, isConstant: boolean): Definition | undefined {
  const value = lastAssigned(node)
  if (value !== null && FUNCTIONS.has(value.type)) return defined('function', name)
  if (value?.type === 'class') return defined('class', name, true)
  if (value !== null && isWrappedFunction(value)) return defined('function', name)
  if (value?.type === 'object' && name !== '') return { kind: 'object', names: [name], holdsDefinitions: true }
  return isConstant ? defined('constant', name) : undefined
}

/** Functions that return the function given to them, apart from when it runs. */
const WRAPPERS = /(?:^|\.)(?:use\w*(?:Callback|Event|Fn)|debounce|throttle|memoize)$/

function isWrappedFunction(node: Node): boolean {
  if (node.type !== 'call_expression' || !WRAPPERS.test(node.childForFieldName('function')?.text ?? '')) return false
  return FUNCTIONS.has(node.childForFieldName('arguments')?.namedChild(0)?.type ?? '')
}

/** Expressions whose value is that of their first part: `{…} as const`, `({…})`. */
const TRANSPARENT = new Set([
  'as_expression',
  'satisfies_expression',
  'parenthesized_expression',
  'non_null_expression',
])

function lastAssigned(node: Node | null): Node | null {
  if (node?.type === 'assignment_expression') return lastAssigned(node.childForFieldName('right'))
  return node !== null && TRANSPARENT.has(node.type) ? lastAssigned(node.namedChild(0)) : node
}

function pattern(node: Node): Definition | undefined {
  const names = node
    .descendantsOfType(['identifier', 'shorthand_property_identifier_pattern'])
    .map((each) => each.text)
    .filter((name) => name !== '')
  return names.length === 0 ? undefined : { kind: 'constant', names, holdsDefinitions: false }
}

/** Objects in which frameworks expect methods, in components, stores and resolvers. */
const LISTS_OF_METHODS =
  /^(?:methods|computed|watch|filters|actions|getters|mutations|reducers|extraReducers|statics|handlers|resolvers|Query|Mutation|Subscription)$/

/** A member whose value is a function, or an object that lists such members. */
const functionMember: Rule = (node) => {
  const value = node.childForFieldName('value')
  const name = node.childForFieldName('name') ?? node.childForFieldName('property') ?? node.childForFieldName('key')
  if (name === null || value === null) return undefined
  if (FUNCTIONS.has(value.type)) return defined('method', plainName(name.text))
  if (value.type !== 'object') return undefined
  if (LISTS_OF_METHODS.test(name.text)) return { kind: 'object', names: [], holdsDefinitions: true }
  return value.namedChildren.some(isFunction) ? defined('object', plainName(name.text), true) : undefined
}

/** Whether a part of an object is a function. */
const isFunction = (node: Node) =>
  node.type === 'method_definition' || FUNCTIONS.has(node.childForFieldName('value')?.type ?? '')

/** Functions that give an object the members of another. */
const EXTENDING = /^(?:Object\.assign|(?:\$|jQuery|_|angular)\.(?:extend|assign|mixin)|extend)$/
/** Methods that register a function, an object or a class under a name. */
const REGISTERING = /(?:^|\.)(?:define|component|directive|controller|service|factory|filter|provider|task)$/
const NAME_IN_QUOTES = /^(['"`])([A-Za-z_$][\w$-]*)\1$/

/** `Object.assign(Box.prototype, {…})`, `Object.defineProperty(exports, 'size', …)`, `app.component('box', …)`. */
const call: Rule = (node) => {
  const called = calledName(node)
  const [first, second, ...rest] = node.childForFieldName('arguments')?.namedChildren ?? []
  if (first === undefined || second === undefined) return undefined
  if (EXTENDING.test(called)) return extended(first.text, second)
  const isProperty = called === 'Object.defineProperty'
  const name = NAME_IN_QUOTES.exec((isProperty ? second : first).text)?.[2]
  if (isProperty) return defined('property', name === '__esModule' ? undefined : name)
  const isRegistered = REGISTERING.test(called) && REGISTERED.has((rest.at(-1) ?? second).type)
  return isRegistered ? defined('function', name, true) : undefined
}

function extended(object: string, members: Node): Definition | undefined {
  const name = object.replace(/(?:^exports|\.prototype)$/, '')
  if (members.type !== 'object' || !/^[\w$.]*$/.test(name)) return undefined
  return { kind: 'impl', names: name === '' ? [] : [name], holdsDefinitions: true }
}

const REGISTERED = new Set([...FUNCTIONS, 'object', 'class', 'array', 'identifier'])
/** Of a chain of calls, only the last one's name matters. */
const LONGEST_OBJECT = 60

function calledName(node: Node): string {
  const called = node.childForFieldName('function')
  if (called?.type !== 'member_expression') return called?.type === 'identifier' ? called.text : ''
  const object = called.childForFieldName('object')
  const isShort = object !== null && object.endIndex - object.startIndex <= LONGEST_OBJECT
  return `${isShort ? object.text : ''}.${called.childForFieldName('property')?.text ?? ''}`
}

const fieldOfClass: Rule = (node, ...rest) =>
  functionMember(node, ...rest) ?? defined('field', field('name', 'property')(node))

/** A constructor may declare fields among its parameters. */
const method: Rule = (node) => {
  const name = node.childForFieldName('name')?.text.replace(/^\[(['"])(.*)\1\]$/, '$2')
  const parameters = name === 'constructor' ? node.childForFieldName('parameters') : null
  return defined(
    'method',
    name && plainName(name),
    parameters !== null && declaredParameters(parameters, 'class') !== undefined,
  )
}

const declaredParameters: Rule = (node) => {
  const fields = node.namedChildren.filter((each) =>
    each.children.some(({ type }) => type === 'accessibility_modifier' || type === 'readonly'),
  )
  const names = fields.flatMap((each) => field('pattern')(each) ?? [])
  return names.length === 0 ? undefined : { kind: 'field', names, holdsDefinitions: false }
}

const typeAlias: Rule = (node, ...rest) => {
  const value = node.childForFieldName('value')
  const signatures = value?.type === 'object_type' ? value.namedChildren : []
  return withFields(
    single('type')(node, ...rest),
    signatures.filter(({ type }) => type === 'property_signature' || type === 'method_signature'),
  )
}

const enumMember: Rule = (node, _, around) =>
  around?.at(-1) === 'enum_body' ? defined('member', plainName(node.text)) : undefined

/** JavaScript and TypeScript, with and without JSX. */
export const ECMASCRIPT: Syntax = {
  rules: {
    function_declaration: single('function', nameOrDefault),
    generator_function_declaration: single('function', nameOrDefault),
    function_expression: single('function', nameOrDefault),
    function_signature: single('function'),
    class_declaration: holder('class', nameOrDefault),
    abstract_class_declaration: holder('class', nameOrDefault),
    class: holder('class', nameOrDefault),
    interface_declaration: holder('interface'),
    internal_module: holder('module'),
    module: holder('module'),
    type_alias_declaration: typeAlias,
    enum_declaration: holder('enum'),
    enum_assignment: single('member'),
    property_identifier: enumMember,
    method_definition: method,
    formal_parameters: declaredParameters,
    method_signature: single('method'),
    property_signature: single('field'),
    abstract_method_signature: single('method'),
    public_field_definition: fieldOfClass,
    field_definition: fieldOfClass,
    pair: functionMember,
    variable_declarator: variable,
    assignment_expression: assignment,
    call_expression: call,
  },
  open: [
    'export_statement',
    'expression_statement',
    'lexical_declaration',
    'variable_declaration',
    'ambient_declaration',
    'class_body',
    'interface_body',
    'enum_body',
    'statement_block',
    'object',
    ...TRANSPARENT,
    'if_statement',
    'else_clause',
    'try_statement',
    'catch_clause',
    'finally_clause',
  ],
  leading: ['comment', 'decorator'],
}
