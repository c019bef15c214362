import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Returns a function that creates a folder each time. All folders are removed after the tests of the file. */
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
