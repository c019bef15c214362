import { defined, field, holder, type Syntax, single } from './rule.ts'

export const CSHARP: Syntax = {
  rules: {
    class_declaration: holder('class'),
    record_declaration: holder('class'),
    struct_declaration: holder('struct'),
    interface_declaration: holder('interface'),
    enum_declaration: single('enum'),
    delegate_declaration: single('type'),
    method_declaration: single('method'),
    constructor_declaration: single('method'),
    destructor_declaration: (node) => defined('method', `~${field('name')(node) ?? ''}`),
    operator_declaration: (node) => defined('method', `operator ${field('operator')(node) ?? ''}`.trim()),
    indexer_declaration: () => defined('property', 'this'),
    property_declaration: single('property'),
    local_function_statement: single('function'),
  },
  open: [
    'namespace_declaration',
    'file_scoped_namespace_declaration',
    'declaration_list',
    'global_statement',
    'block',
    'preproc_if',
    'preproc_else',
  ],
  leading: ['comment'],
}
