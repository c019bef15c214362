import { defined, field, holder, type Kind, type Rule, type Syntax, single, topLevel, withFields } from './rule.ts'

const constant: Rule = (node, scope) => (scope === 'function' ? undefined : defined('constant', field('name')(node)))

const listingFields =
  (kind: Kind): Rule =>
  (node, ...rest) =>
    withFields(
      single(kind)(node, ...rest),
      node.childForFieldName('body')?.namedChildren.filter(({ type }) => type === 'field_declaration') ?? [],
    )

export const RUST: Syntax = {
  rules: {
    function_item: single('function'),
    function_signature_item: single('function'),
    struct_item: listingFields('struct'),
    union_item: listingFields('struct'),
    enum_item: holder('enum'),
    enum_variant: listingFields('member'),
    trait_item: holder('trait'),
    impl_item: holder('impl', (node) => field('type')(node)?.replace(/^dyn /, '')),
    mod_item: holder('module'),
    type_item: single('type'),
    associated_type: single('type'),
    const_item: constant,
    static_item: topLevel('constant'),
    macro_definition: single('macro'),
  },
  open: ['declaration_list', 'enum_variant_list', 'foreign_mod_item', 'block'],
  leading: ['line_comment', 'block_comment', 'attribute_item'],
}
