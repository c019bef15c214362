import type { LogWindow } from '../containers/log-lines.ts'

export interface LogsOptions {
  readonly follow?: boolean
  readonly since?: string
  /** Lines of each part; all of them where it is Infinity. */
  readonly tail?: number
  readonly json?: boolean
}

const LINES = 200

/** What is asked for of each log. */
export function windowOf({ since, tail = since === undefined ? LINES : Infinity }: LogsOptions): LogWindow {
  return { since, tail: Number.isFinite(tail) ? tail : undefined }
}
