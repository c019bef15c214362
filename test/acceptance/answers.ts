/** The fields of a tool's answer that the tests read. */
export interface SearchAnswer {
  readonly results: readonly {
    readonly repository: string
    readonly path: string
    readonly start_line: number
    readonly end_line: number
    readonly snippet?: string
  }[]
  readonly modes: readonly string[]
  readonly models: readonly string[]
  readonly degraded?: string
}

export interface GrepAnswer {
  readonly matches: readonly { readonly path: string; readonly line: number; readonly text: string }[]
  readonly truncated: boolean
}

export interface ReadAnswer {
  readonly text: string
  readonly start_line: number
  readonly total_lines: number
}

export interface Repository {
  readonly name: string
  readonly source: string
  readonly files: number
  readonly chunks: number
  readonly embedded: number
  readonly state: string
}

export interface Job {
  readonly job_id: string
  readonly kind: string
  readonly state: string
  readonly files_failed?: number
}
