import type { Node } from 'web-tree-sitter'
import { type Definition, field, holder, nameless, type Rule, type Syntax, single, withFields } from './rule.ts'

/** Constants of files and objects, fields of classes. `val one, two` has several names. */
const value: Rule = (node, scope) => {
  const pattern = node.childForFieldName('pattern')
  const names = pattern?.type === 'identifiers' ? pattern.namedChildren : [pattern]
  if (scope === 'function' || pattern === null || !/^identifiers?$/.test(pattern.type)) return undefined
  const kind = scope === 'class' ? 'field' : 'constant'
  return { kind, names: names.flatMap((name) => name?.text.replaceAll('`', '') ?? []), holdsDefinitions: false }
}

const has = (node: Node, ...tokens: readonly string[]) => node.children.some(({ type }) => tokens.includes(type))

/** The parameters of a case are fields, and others are after `val` or `var`. */
const withParameters = (definition: Definition | undefined, node: Node, isCase: boolean) => {
  const [first] = node.childrenForFieldName('class_parameters')
  const parameters = first?.namedChildren.filter(({ type }) => type === 'class_parameter') ?? []
  return withFields(definition, isCase ? parameters : parameters.filter((each) => has(each, 'val', 'var')))
}

const classLike: Rule = (node, ...rest) => withParameters(holder('class')(node, ...rest), node, has(node, 'case'))

const enumCase: Rule = (node, ...rest) => withParameters(single('member')(node, ...rest), node, true)

const TYPE_VARIABLE = /^[A-Z]\d?$/

/** `extension (order: Order)` adds members to orders, and one of a type variable to whatever is around it. */
const extension: Rule = (node) => {
  const [parameters] = node.childrenForFieldName('parameters')
  const receiver = parameters?.namedChildren.find(({ type }) => type === 'parameter')
  const type = receiver && field('type')(receiver)
  const names = type === undefined || TYPE_VARIABLE.test(type) ? [] : [type]
  return { kind: 'extension', names, holdsDefinitions: true }
}

export const SCALA: Syntax = {
  rules: {
    class_definition: classLike,
    trait_definition: holder('trait'),
    object_definition: holder('object'),
    package_object: holder('object'),
    enum_definition: holder('enum'),
    given_definition: holder('object'),
    extension_definition: extension,
    instance_expression: nameless('template_body'),
    function_definition: single('function'),
    function_declaration: single('function'),
    type_definition: single('type'),
    val_definition: value,
    var_definition: value,
    val_declaration: single('field'),
    var_declaration: single('field'),
    simple_enum_case: single('member'),
    full_enum_case: enumCase,
  },
  open: [
    'package_clause',
    'template_body',
    'with_template_body',
    'enum_body',
    'enum_case_definitions',
    'given_definition',
    'block',
    'indented_block',
  ],
  leading: ['comment', 'block_comment'],
}
