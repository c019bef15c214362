import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of a migrated database, which the first test that needs one creates and all others copy. */
    readyDatabase: string
  }
}

/** vitest calls this once, around all test files of a run. */
export function setup({ provide }: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-ready-'))
  provide('readyDatabase', join(folder, 'data'))
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
