import type { Language } from 'web-tree-sitter'
import type { Rule, Syntax } from './rule.ts'

export interface Role {
  readonly rule?: Rule
  readonly open: boolean
  readonly leading: boolean
}

/** Meaning of a grammar's nodes, by type id. Undefined for nodes without one. */
export type Roles = (typeId: number) => Role | undefined

// Nodes that the parser did not understand often contain whole definitions.
const ERROR_TYPE = 0xffff
const ERROR_ROLE: Role = { open: true, leading: false }

export function rolesOf(language: Language, { rules, open, leading }: Syntax): Roles {
  const known = language.types.map((type, id): Role | undefined => {
    if (!language.nodeTypeIsNamed(id)) return undefined
    const rule = Object.hasOwn(rules, type) ? rules[type] : undefined
    const role = { ...(rule && { rule }), open: open.includes(type), leading: leading.includes(type) }
    return role.rule || role.open || role.leading ? role : undefined
  })
  return (typeId) => (typeId === ERROR_TYPE ? ERROR_ROLE : known[typeId])
}
