import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the first test that needs a database leaves a migrated one, of which all take copies. */
    readyDatabase: string
  }
}

/** Run by vitest once, around all files of a run. */
export function setup({ provide }: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-ready-'))
  provide('readyDatabase', join(folder, 'data'))
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
