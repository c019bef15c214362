import { vi } from 'vitest'
import type { Repository } from './answers.ts'
import { manifest } from './deployment.ts'

/** How long a new deployment may take, in milliseconds. */
export const WITHIN = { timeout: 150_000, interval: 500 }

/** Waits until the repository under test can be searched by words and, if asked for, by meaning. */
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
