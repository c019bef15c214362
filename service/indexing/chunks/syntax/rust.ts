import { field, holder, type Syntax, single, topLevel } from './rule.ts'

export const RUST: Syntax = {
  rules: {
    function_item: single('function'),
    function_signature_item: single('function'),
    struct_item: single('struct'),
    union_item: single('struct'),
    enum_item: single('enum'),
    trait_item: holder('trait'),
    impl_item: holder('impl', field('type')),
    mod_item: holder('module'),
    type_item: single('type'),
    associated_type: single('type'),
    const_item: topLevel('constant'),
    static_item: topLevel('constant'),
    macro_definition: single('macro'),
  },
  open: ['declaration_list', 'foreign_mod_item', 'block'],
  leading: ['line_comment', 'block_comment', 'attribute_item'],
}
