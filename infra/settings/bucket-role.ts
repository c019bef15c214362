import type { Values } from './schema.ts'

/** Annotation by which EKS gives the pods of a ServiceAccount an AWS role. */
export const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'

type Accounts = Pick<Values['kubernetes'], 'serviceAccount'>

interface AllAccounts {
  readonly backup: Accounts
  readonly kubernetes: Accounts
}

/** Whether backup pods may have a role. Assumed if the stack does not create their ServiceAccount. */
export const isOpenedByRole = (accounts: AllAccounts) =>
  accounts.backup.serviceAccount?.create === false || roleOf(accounts) !== undefined

/** Returns the role of backup pods. Undefined if the settings name none. */
export const roleOf = ({ backup, kubernetes }: AllAccounts) =>
  (backup.serviceAccount ?? kubernetes.serviceAccount)?.annotations[ROLE_ANNOTATION]
