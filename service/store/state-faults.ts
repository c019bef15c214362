import { Fault, type FaultCode } from '../errors.ts'

interface StateFault {
  readonly code: FaultCode
  readonly message: (where: string) => string
  readonly remedy: string
}

const FULL: StateFault = {
  code: 'database_full',
  message: (where) => `${where} has no room on its disk`,
  remedy: 'Make room on the disk of the database, or give it a larger one; pending work then resumes',
}
const READ_ONLY: StateFault = {
  code: 'database_read_only',
  message: (where) => `${where} accepts no changes: it is read-only or a standby`,
  remedy: 'Point DATABASE_URL at the primary, or end the read-only mode; pending work then resumes',
}
const OUT_OF_MEMORY: StateFault = {
  code: 'database_unavailable',
  message: (where) => `${where} is out of memory`,
  remedy: 'Give the database more memory, or lower its work_mem and the number of connections',
}
const TOO_MANY_LOCKS: StateFault = {
  code: 'database_unavailable',
  message: (where) => `${where} has no room for another lock`,
  remedy: 'Raise max_locks_per_transaction of Postgres; pending work then resumes',
}
const LIMITED: StateFault = {
  code: 'database_not_usable',
  message: (where) => `${where} has a limit that is too low for the service`,
  remedy:
    'Raise the limit for the role of the service: max_stack_depth for a statement that is too complex, temp_file_limit for temporary files; pending work then resumes',
}
const FILE_TOO_LARGE: StateFault = {
  code: 'database_full',
  message: (where) => `${where} may not write larger files`,
  remedy:
    'Raise the limit of the size of files of its process, as with ulimit -f unlimited, or give it a file system that takes larger ones; pending work then resumes',
}
const BROKEN_DISK: StateFault = {
  code: 'database_unavailable',
  message: (where) => `${where} cannot read or write its files`,
  remedy: 'Check the disk, the data folder and its permissions; the log has the cause',
}
const LATE: StateFault = {
  code: 'deadline_exceeded',
  message: (where) => `${where} has ended a statement that took too long`,
  remedy: 'Narrow the call with repository, path or language, or try again',
}
const DAMAGED: StateFault = {
  code: 'database_unavailable',
  message: (where) => `${where} has damaged data`,
  remedy: 'Restore a backup, or delete the database and index again; the log has the cause',
}
const LOCKED: StateFault = {
  code: 'overloaded',
  message: (where) => `${where} is busy: another change is still in progress`,
  remedy: 'Try again in a second',
}

const NO_SCHEMA: StateFault = {
  code: 'schema_outdated',
  message: (where) =>
    `${where} lacks tables or columns of this version: it is empty, or was restored from an older one`,
  remedy: 'Restore the database, or run the mode "migrate" and index again; pending work then resumes',
}
const NO_RIGHT: StateFault = {
  code: 'database_not_usable',
  message: (where) => `${where} denies the role of the service a privilege that it needs`,
  remedy:
    'Grant the role select, insert, update and delete on all tables of the schema and usage on its sequences; pending work then resumes',
}

export const PGVECTOR_REMEDY =
  'Install pgvector on the Postgres server (0.8 or newer) and let a superuser run "create extension vector" in this database; on a managed Postgres, put vector on the list of allowed extensions'
const NO_PGVECTOR: StateFault = {
  code: 'database_not_usable',
  message: (where) => `${where} cannot use pgvector`,
  remedy: PGVECTOR_REMEDY,
}

/** SQLSTATEs for which the database is at fault rather than the statement. */
const STATES: Readonly<Record<string, StateFault>> = {
  '53100': FULL,
  '25006': READ_ONLY,
  '53200': OUT_OF_MEMORY,
  '57014': LATE,
  '55P03': LOCKED,
  '40001': LOCKED,
  '40P01': LOCKED,
  '53000': LIMITED,
  '53400': LIMITED,
  '54000': LIMITED,
  '54001': LIMITED,
  XX001: DAMAGED,
  XX002: DAMAGED,
  '42P01': NO_SCHEMA,
  '42703': NO_SCHEMA,
}
/** Errors about data files. A missing file of an extension concerns the installation. */
const isOfFiles = (state: string, message: string) =>
  state.startsWith('580') ||
  (/^(58P01|42501|XX000)$/.test(state) && /^could not (open|write to|extend|fsync|create) file/.test(message))

const IS_OF_PGVECTOR = /\$libdir\/vector|type "(?:vector|halfvec|sparsevec)" does not exist/
const IS_DENIED = /^permission denied for (?:table|sequence|function|view|relation) /

function ofFiles(message: string): StateFault {
  if (/file too large/i.test(message)) return FILE_TOO_LARGE
  return /quota/i.test(message) ? FULL : BROKEN_DISK
}

function stateOf({ code, message }: { readonly code?: unknown; readonly message: string }): StateFault | undefined {
  if (IS_OF_PGVECTOR.test(message)) return NO_PGVECTOR
  if (isOfFiles(String(code), message)) return ofFiles(message)
  if (code === '53200' && message.includes('shared memory')) return TOO_MANY_LOCKS
  return code === '42501' && IS_DENIED.test(message) ? NO_RIGHT : STATES[String(code)]
}

/** Converts an SQL error to a fault of the database. Returns undefined if the statement is at fault. */
export function stateFault(
  error: { readonly code?: unknown; readonly message: string },
  where: string,
): Fault | undefined {
  const found = stateOf(error)
  return found && new Fault(found.code, `${found.message(where)} (${error.message})`, found.remedy, { cause: error })
}

const WAITED_FOR: readonly FaultCode[] = [
  'database_unavailable',
  'database_full',
  'database_read_only',
  'database_not_usable',
  'schema_outdated',
]

/** Whether an error says that nothing can be stored in the database's current state. */
export function isOfDatabase(error: unknown): error is Fault {
  return error instanceof Fault && WAITED_FOR.includes(error.code)
}
