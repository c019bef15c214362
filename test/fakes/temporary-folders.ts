import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** What makes a folder each time; they go once the tests of the file have ended, however they end. */
export function temporaryFolders(): () => string {
  const made: string[] = []
  afterAll(() => {
    for (const folder of made) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'codebase-test-'))
    made.push(folder)
    return folder
  }
}
