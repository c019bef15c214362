import { Refused } from './faults.ts'
import { makeProgress, type Progress } from './progress.ts'
import type { Tools } from './tools.ts'

const HEARTBEAT_MS = 10_000

/** Runs the CLI, and says every now and then what is still under way. @param hear adds what is known of it from elsewhere */
export async function followed(
  command: readonly string[],
  { pulumi, terminal }: Pick<Tools, 'pulumi' | 'terminal'>,
  hear: (progress: Progress) => Promise<void>,
  variables: Readonly<Record<string, string>> = {},
): Promise<number> {
  const progress = makeProgress(Date.now)
  let isHearing = false
  const beat = async () => {
    if (isHearing) return
    isHearing = true
    try {
      await hear(progress)
    } catch (error) {
      // That whom it hears does not answer is told once the CLI has ended over it.
      if (!(error instanceof Refused)) throw error
    } finally {
      isHearing = false
    }
    for (const line of progress.underWay()) terminal.print(line)
  }
  const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS)
  try {
    const take = (line: string) => {
      const told = progress.take(line)
      if (told !== undefined) terminal.print(told)
    }
    return await pulumi.follow(command, take, variables)
  } finally {
    clearInterval(heartbeat)
  }
}
