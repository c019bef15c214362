import type { Values } from './schema.ts'

/** Annotation by which EKS gives the pods of a ServiceAccount an AWS role. */
export const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn'

type Accounts = Pick<Values['kubernetes'], 'serviceAccount'>

interface AllAccounts {
  readonly backup: Accounts
  readonly kubernetes: Accounts
}

/** Whether the pods of backups run under an account that has a role; of one that others made nobody can see it. */
export const isOpenedByRole = (accounts: AllAccounts) =>
  accounts.backup.serviceAccount?.create === false || roleOf(accounts) !== undefined

/** The role that pods of backups have; undefined where none is said. */
export const roleOf = ({ backup, kubernetes }: AllAccounts) =>
  (backup.serviceAccount ?? kubernetes.serviceAccount)?.annotations[ROLE_ANNOTATION]
