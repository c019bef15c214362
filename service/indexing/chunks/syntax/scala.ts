import { field, holder, type Syntax, single, topLevel } from './rule.ts'

export const SCALA: Syntax = {
  rules: {
    class_definition: holder('class'),
    trait_definition: holder('trait'),
    object_definition: holder('object'),
    package_object: holder('object'),
    enum_definition: holder('enum'),
    given_definition: holder('object'),
    function_definition: single('function'),
    function_declaration: single('function'),
    type_definition: single('type'),
    val_definition: topLevel('constant', field('pattern')),
    var_definition: topLevel('constant', field('pattern')),
  },
  open: ['package_clause', 'template_body', 'enum_body', 'extension_definition', 'block'],
  leading: ['comment', 'block_comment'],
}
