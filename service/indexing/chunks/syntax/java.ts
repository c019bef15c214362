import { holder, type Syntax, single } from './rule.ts'

export const JAVA: Syntax = {
  rules: {
    class_declaration: holder('class'),
    record_declaration: holder('class'),
    interface_declaration: holder('interface'),
    annotation_type_declaration: holder('interface'),
    enum_declaration: holder('enum'),
    method_declaration: single('method'),
    constructor_declaration: single('method'),
    compact_constructor_declaration: single('method'),
    annotation_type_element_declaration: single('method'),
  },
  open: [
    'class_body',
    'interface_body',
    'enum_body',
    'enum_body_declarations',
    'annotation_type_body',
    'block',
    'constructor_body',
  ],
  leading: ['line_comment', 'block_comment'],
}
