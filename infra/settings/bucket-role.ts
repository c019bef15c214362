import type { Values } from './schema.ts'

/** By which EKS gives the pods of a ServiceAccount a role of AWS. */
export const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'

type Accounts = Pick<Values['kubernetes'], 'serviceAccount'>

/** Whether the pods of backups run under an account that has a role; of one that others made nobody can see it. */
export function isOpenedByRole({ backup, kubernetes }: { readonly backup: Accounts; readonly kubernetes: Accounts }) {
  if (backup.serviceAccount?.create === false) return true
  return (backup.serviceAccount ?? kubernetes.serviceAccount)?.annotations[ROLE_ANNOTATION] !== undefined
}
