import { defined, field, holder, type Rule, type Syntax, single } from './rule.ts'

/** Constants of files and objects, properties of classes. */
const value: Rule = (node, scope) => {
  const name = field('pattern')(node)?.replace(/\s*:.*/s, '')
  return scope === 'function' ? undefined : defined(scope === 'class' ? 'field' : 'constant', name)
}

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
    val_definition: value,
    var_definition: value,
    val_declaration: single('field'),
    simple_enum_case: single('member'),
    full_enum_case: single('class'),
  },
  open: ['package_clause', 'template_body', 'enum_body', 'enum_case_definitions', 'extension_definition', 'block'],
  leading: ['comment', 'block_comment'],
}
