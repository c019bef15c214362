import { Fault, type FaultCode } from '../errors.ts'

interface StateFault {
  readonly code: FaultCode
  readonly message: (where: string) => string
  readonly remedy: string
}

const FULL: StateFault = {
  code: 'database_full',
  message: (where) => `${where} has no room on its disk`,
  remedy: 'Make room on the disk of the database, or give it a larger one; what waits goes on by itself',
}
const READ_ONLY: StateFault = {
  code: 'database_read_only',
  message: (where) => `${where} takes no changes: it is read-only or a standby`,
  remedy: 'Let DATABASE_URL lead to the primary, or end the read-only mode; what waits goes on by itself',
}
const OUT_OF_MEMORY: StateFault = {
  code: 'database_unavailable',
  message: (where) => `${where} is out of memory`,
  remedy: 'Give the database more memory, or lower its work_mem and the number of connections',
}
const BROKEN_DISK: StateFault = {
  code: 'database_unavailable',
  message: (where) => `${where} cannot read or write its files`,
  remedy: 'Check the disk, the folder of the data and its rights; the log has the cause',
}
const LATE: StateFault = {
  code: 'deadline_exceeded',
  message: (where) => `${where} has ended a statement that took too long`,
  remedy: 'Narrow the call with repository, path or language, or try again',
}
const LOCKED: StateFault = {
  code: 'overloaded',
  message: (where) => `${where} is busy: another change has not ended`,
  remedy: 'Try again in a second',
}

/** By SQLSTATE, what is the database's fault rather than the statement's. */
const STATES: Readonly<Record<string, StateFault>> = {
  '53100': FULL,
  '25006': READ_ONLY,
  '53200': OUT_OF_MEMORY,
  '57014': LATE,
  '55P03': LOCKED,
}
/** Errors of files of the data; that an extension has none is a matter of the installation. */
const isOfFiles = (state: string, message: string) =>
  state.startsWith('580') ||
  (/^(58P01|42501)$/.test(state) && /^could not (open|write to|extend|fsync|create) file/.test(message))

/** The fault of the database that an error of SQL tells of; undefined where the statement is at fault. */
export function stateFault(
  error: { readonly code?: unknown; readonly message: string },
  where: string,
): Fault | undefined {
  const state = String(error.code)
  const found = STATES[state] ?? (isOfFiles(state, error.message) ? BROKEN_DISK : undefined)
  return found && new Fault(found.code, `${found.message(where)} (${error.message})`, found.remedy, { cause: error })
}

const WAITED_FOR: readonly FaultCode[] = [
  'database_unavailable',
  'database_full',
  'database_read_only',
  'database_not_usable',
]

/** Whether an error tells of a state of the database in which nothing can be stored, whoever tries. */
export function isOfDatabase(error: unknown): error is Fault {
  return error instanceof Fault && WAITED_FOR.includes(error.code)
}
