import { ROLE_ANNOTATION } from '../bucket-role.ts'
import { PARTS } from '../parts.ts'
import type { Values } from '../schema.ts'

/** Checks that no ServiceAccount is created twice, and that roles are valid. */
export function ofServiceAccounts(values: Values): string[] {
  const all = (['kubernetes', ...PARTS] as const).flatMap((group) => {
    const account = values[group].serviceAccount
    return account?.create ? [{ group, name: account.name }] : []
  })
  return [...ofRoles(values), ...twiceMade(all)]
}

const ROLE = /^arn:aws[a-z-]*:iam::\d+:role\/\S+$/

/** An invalid role is ignored silently, so it is rejected here. */
function ofRoles(values: Values): string[] {
  return (['kubernetes', ...PARTS] as const).flatMap((group) => {
    const role = values[group].serviceAccount?.annotations[ROLE_ANNOTATION]
    return role === undefined || ROLE.test(role)
      ? []
      : [
          `${group}.serviceAccount.annotations has ${ROLE_ANNOTATION} ${role}, which must be a role such as arn:aws:iam::123456789012:role/backups`,
        ]
  })
}

function twiceMade(all: readonly { readonly group: string; readonly name: string }[]): string[] {
  return all.flatMap(({ group, name }, at) => {
    const earlier = all.slice(0, at).find((one) => one.name === name)
    return earlier === undefined
      ? []
      : [
          `${group}.serviceAccount and ${earlier.group}.serviceAccount both have the name ${name}; set create to false in one of them`,
        ]
  })
}
