import { vi } from 'vitest'
import type { Repository } from './answers.ts'
import { manifest } from './deployment.ts'

/** How long a deployment that has just begun may take, in milliseconds. */
export const WITHIN = { timeout: 150_000, interval: 500 }

/** Waits until the repository that the tests are about is findable by words, and, where it has to be, by meaning. */
export function untilIndexed(list: () => Promise<readonly Repository[]>, byMeaning = false): Promise<void> {
  return vi.waitFor(async () => {
    const repositories = await list()
    const found = repositories.find(({ name }) => name === manifest.repository)
    const isFindable = found?.state === 'ready' && found.files === manifest.files
    if (isFindable && (!byMeaning || found.embedded === found.chunks)) return
    throw new Error(
      `${manifest.repository} should be ready, with ${manifest.files} files; there are ${JSON.stringify(repositories)}`,
    )
  }, WITHIN)
}
