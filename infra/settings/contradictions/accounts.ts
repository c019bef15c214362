import { ROLE_ANNOTATION } from '../bucket-role.ts'
import { PARTS } from '../parts.ts'
import type { Values } from '../schema.ts'

/** Checks that no ServiceAccount is created twice, and that roles are valid. */
export function ofServiceAccounts(values: Values): string[] {
  const all = (['kubernetes', ...PARTS] as const).flatMap((group) => {
    const account = values[group].serviceAccount
    return account?.create ? [{ group, name: account.name }] : []
  })
  return [...ofIdentities(values), ...twiceMade(all)]
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** By which clouds know an account of the cluster, and what they take there. */
const IDENTITIES: Readonly<Record<string, readonly [pattern: RegExp, what: string]>> = {
  [ROLE_ANNOTATION]: [
    /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/,
    'a role such as arn:aws:iam::123456789012:role/backups',
  ],
  'iam.gke.io/gcp-service-account': [
    /^[^@\s]+@[a-z0-9.-]+\.gserviceaccount\.com$/,
    'a service account such as backups@project.iam.gserviceaccount.com',
  ],
  'azure.workload.identity/client-id': [UUID, 'the client id of an identity, a UUID'],
  'azure.workload.identity/tenant-id': [UUID, 'the id of a tenant, a UUID'],
}

/** What is no identity leaves a pod without any, and tells nobody. */
function ofIdentities(values: Values): string[] {
  return (['kubernetes', ...PARTS] as const).flatMap((group) =>
    Object.entries(values[group].serviceAccount?.annotations ?? {}).flatMap(([key, value]) => {
      const [pattern, what] = IDENTITIES[key] ?? []
      return pattern === undefined || pattern.test(value)
        ? []
        : [`${group}.serviceAccount.annotations has ${key} ${value}, which must be ${what}`]
    }),
  )
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
