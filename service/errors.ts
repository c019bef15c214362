/** The closed list of faults that leave the service. Each has a stable code, an HTTP status and a remedy. */
export const FAULTS = {
  configuration_invalid: { status: 500, exit: 1 },
  port_in_use: { status: 500, exit: 1 },
  request_invalid: { status: 400, exit: 2 },
  unauthorized: { status: 401, exit: 1 },
  token_invalid: { status: 401, exit: 1 },
  insufficient_scope: { status: 403, exit: 1 },
  issuer_unavailable: { status: 503, exit: 1 },
  host_forbidden: { status: 403, exit: 1 },
  origin_forbidden: { status: 403, exit: 1 },
  not_found: { status: 404, exit: 1 },
  method_not_allowed: { status: 405, exit: 1 },
  body_too_large: { status: 413, exit: 1 },
  repository_unknown: { status: 404, exit: 1 },
  repository_overlaps: { status: 409, exit: 1 },
  repository_listed: { status: 409, exit: 1 },
  file_unknown: { status: 404, exit: 1 },
  file_left_out: { status: 404, exit: 1 },
  job_unknown: { status: 404, exit: 1 },
  path_not_found: { status: 422, exit: 1 },
  path_not_a_folder: { status: 422, exit: 1 },
  path_not_allowed: { status: 403, exit: 1 },
  path_unreadable: { status: 422, exit: 1 },
  folder_empty: { status: 422, exit: 1 },
  nothing_to_index: { status: 422, exit: 1 },
  pattern_invalid: { status: 400, exit: 2 },
  source_unsupported: { status: 422, exit: 1 },
  url_not_allowed: { status: 403, exit: 1 },
  remote_unreachable: { status: 502, exit: 1 },
  remote_access_denied: { status: 422, exit: 1 },
  remote_not_found: { status: 422, exit: 1 },
  remote_limited: { status: 503, exit: 1 },
  remote_timeout: { status: 504, exit: 1 },
  branch_not_found: { status: 422, exit: 1 },
  repository_too_large: { status: 422, exit: 1 },
  clone_failed: { status: 502, exit: 1 },
  clones_full: { status: 503, exit: 1 },
  database_unavailable: { status: 503, exit: 1 },
  database_full: { status: 503, exit: 1 },
  database_not_usable: { status: 503, exit: 1 },
  database_read_only: { status: 503, exit: 1 },
  schema_outdated: { status: 503, exit: 1 },
  schema_too_new: { status: 503, exit: 1 },
  migration_failed: { status: 500, exit: 1 },
  embedder_unavailable: { status: 503, exit: 1 },
  embedder_reply_invalid: { status: 502, exit: 1 },
  embedding_model_missing: { status: 503, exit: 1 },
  embedding_model_dimension: { status: 409, exit: 1 },
  backup_failed: { status: 500, exit: 1 },
  backup_not_found: { status: 404, exit: 1 },
  backup_damaged: { status: 500, exit: 1 },
  backup_storage_failed: { status: 502, exit: 1 },
  server_unreachable: { status: 503, exit: 1 },
  installation_damaged: { status: 500, exit: 1 },
  starting: { status: 503, exit: 1 },
  draining: { status: 503, exit: 1 },
  overloaded: { status: 503, exit: 1 },
  deadline_exceeded: { status: 504, exit: 1 },
  cancelled: { status: 499, exit: 1 },
  internal: { status: 500, exit: 1 },
} as const satisfies Record<string, { readonly status: number; readonly exit: number }>

export type FaultCode = keyof typeof FAULTS

/**
 * A fault that callers may see. `message` names the bad value, `remedy` says what to do, and the cause is only logged.
 */
export class Fault extends Error {
  readonly code: FaultCode
  readonly remedy: string

  constructor(code: FaultCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'Fault'
    this.code = code
    this.remedy = remedy
  }

  get status(): number {
    return FAULTS[this.code].status
  }

  get exitCode(): number {
    return FAULTS[this.code].exit
  }
}

interface ProcessLimit {
  readonly sign: RegExp
  readonly message: string
  readonly remedy: string
}

/** Limits of the process that it can reach, by the code or the words of the system's error. */
const PROCESS_LIMITS: readonly ProcessLimit[] = [
  {
    sign: /\b(?:EMFILE|ENFILE)\b|too many open files/i,
    message: 'The process may not open more files',
    remedy: 'Raise the limit of open files of the process, as with ulimit -n 4096; then try again',
  },
  {
    sign: /\bEFBIG\b|file too large/i,
    message: 'The process may not write larger files',
    remedy: 'Raise the limit of the size of files of the process, as with ulimit -f unlimited; then try again',
  },
]

/** Returns the limit of the process that caused an error, if one did. */
export function limitReached(error: unknown): ProcessLimit | undefined {
  if (!(error instanceof Error)) return undefined
  const said = 'code' in error ? String(error.code) : error.message
  return PROCESS_LIMITS.find(({ sign }) => sign.test(said))
}

/** Returns the fault to show for an error: itself if it is a fault, else an internal fault that reveals nothing. */
export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  const limit = error instanceof Error && 'code' in error ? limitReached(error) : undefined
  if (limit !== undefined) return new Fault('overloaded', limit.message, limit.remedy, { cause: error })
  return new Fault('internal', 'Something failed inside the service', 'Look up this error in the log', { cause: error })
}

/** What is wrong with variables. The message is about the first of them. */
export interface SettingFault {
  readonly variables: readonly string[]
  readonly message: string
}
