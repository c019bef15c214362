import type { Values } from './schema.ts'

/** Annotation by which EKS gives the pods of a ServiceAccount an AWS role. */
export const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'

type Accounts = Pick<Values['kubernetes'], 'serviceAccount'>

/**
 * Whether the backup pods run under a ServiceAccount with a role. An existing ServiceAccount is assumed to have one.
 */
export function isOpenedByRole({ backup, kubernetes }: { readonly backup: Accounts; readonly kubernetes: Accounts }) {
  if (backup.serviceAccount?.create === false) return true
  return (backup.serviceAccount ?? kubernetes.serviceAccount)?.annotations[ROLE_ANNOTATION] !== undefined
}
