import { type Syntax, single, topLevel } from './rule.ts'

export const BASH: Syntax = {
  rules: {
    function_definition: single('function'),
    variable_assignment: topLevel('constant'),
  },
  open: ['declaration_command', 'if_statement', 'else_clause', 'elif_clause', 'compound_statement'],
  leading: ['comment'],
}
