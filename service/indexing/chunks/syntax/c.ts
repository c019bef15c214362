import type { Node } from 'web-tree-sitter'
import {
  type Definition,
  defined,
  field,
  holder,
  type Kind,
  plainName,
  type Rule,
  type Syntax,
  single,
  withFields,
} from './rule.ts'

/** Returns the name inside nested declarators: `f` for `int *(*f)(void)`. */
function declaredName(node: Node): string | undefined {
  if (node.type === 'operator_cast') return `operator ${node.childForFieldName('type')?.text ?? ''}`
  const inner = node.childForFieldName('declarator') ?? (isDeclarator(node) ? node.namedChildren.find(isName) : null)
  if (inner) return declaredName(inner)
  return isDeclarator(node) ? undefined : plainName(node.text.replace(CONVERSION, '$1'))
}

/** `Purse::operator bool() const`, without what follows the type */
const CONVERSION = /(\boperator\s+[A-Za-z_][^(]*)\(.*$/s
const isDeclarator = (node: Node) => node.type.endsWith('_declarator')
const isName = (node: Node) => isDeclarator(node) || node.type.endsWith('identifier')

const functionNode = single('function', (node) => {
  const declarator = node.childForFieldName('declarator')
  return declarator === null ? undefined : declaredName(declarator)
})

const withBody =
  (kind: Kind): Rule =>
  (node) =>
    node.childForFieldName('body') === null ? undefined : holder(kind)(node, 'top')

const TYPES: Readonly<Record<string, Rule>> = {
  struct_specifier: withBody('struct'),
  class_specifier: withBody('class'),
  union_specifier: withBody('struct'),
  enum_specifier: withBody('enum'),
}

/** Prototypes and, outside functions, variables. A type declared on the way is a definition of its own. */
const declaration: Rule = (node, scope) => {
  if (scope === 'function') return undefined
  const type = node.childForFieldName('type')
  if (type && TYPES[type.type]?.(type, scope)) return undefined
  const declarators = node.childrenForFieldName('declarator')
  const names = declarators.flatMap((each) => declaredName(each) ?? [])
  if (names.length === 0) return undefined
  const isFunction = declarators.some((each) => each.type === 'function_declarator' || returnsPointer(each))
  const value = scope === 'class' ? 'field' : 'constant'
  return { kind: isFunction ? 'declaration' : value, names, holdsDefinitions: false }
}

function returnsPointer(node: Node): boolean {
  if (node.type !== 'pointer_declarator' && node.type !== 'reference_declarator') return false
  const inner = node.childForFieldName('declarator') ?? node.namedChild(0)
  return inner !== null && (inner.type === 'function_declarator' || returnsPointer(inner))
}

/** `typedef struct node {…} node_t` defines both names. */
const typedef: Rule = (node): Definition | undefined => {
  const names = node.childrenForFieldName('declarator').flatMap((each) => declaredName(each) ?? [])
  const type = node.childForFieldName('type')
  const tag = type && TYPES[type.type]?.(type, 'top')?.names[0]
  if (tag && !names.includes(tag)) names.push(tag)
  if (names.length === 0) return undefined
  const members = type?.childForFieldName('body')?.namedChildren ?? []
  const declarators = members
    .filter((each) => each.type === 'field_declaration')
    .flatMap((each) => each.childrenForFieldName('declarator'))
  const isEnum = type?.type === 'enum_specifier'
  return withFields({ kind: 'type', names, holdsDefinitions: isEnum }, declarators, declaredName)
}

/** A macro with a value. Header guards are not definitions. */
const macro: Rule = (node) =>
  node.childForFieldName('value') === null ? undefined : defined('macro', field('name')(node))

export const C: Syntax = {
  rules: {
    ...TYPES,
    function_definition: functionNode,
    declaration,
    field_declaration: declaration,
    enumerator: single('member'),
    type_definition: typedef,
    preproc_def: macro,
    preproc_function_def: macro,
  },
  open: [
    'preproc_ifdef',
    'preproc_if',
    'preproc_else',
    'preproc_elif',
    'preproc_elifdef',
    'linkage_specification',
    'declaration',
    'field_declaration',
    'declaration_list',
    'field_declaration_list',
    'enumerator_list',
    'enum_specifier',
    'compound_statement',
  ],
  leading: ['comment', 'attribute_declaration'],
}

export const CPP: Syntax = {
  rules: {
    ...C.rules,
    namespace_definition: holder('module'),
    alias_declaration: single('type'),
    concept_definition: single('type'),
  },
  open: [...C.open, 'namespace_definition', 'template_declaration'],
  leading: [...C.leading, 'template_parameter_list', 'requires_clause'],
}
