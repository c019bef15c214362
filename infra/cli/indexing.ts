import { setTimeout as sleep } from 'node:timers/promises'
import { askServer, type IndexJob, Unanswered } from './day-two/status/server.ts'
import { isOpen, jobLine } from './day-two/status/show.ts'

interface Watched {
  readonly print: (text: string) => void
  /** The jobs of the server. @throws Unanswered */
  readonly jobs: () => Promise<readonly IndexJob[]>
  readonly wait: () => Promise<unknown>
}

const LOOK_EVERY_MS = 2_000

/** How a server's jobs are followed at a terminal. */
export const following = (url: string, print: (text: string) => void): Watched => ({
  print,
  jobs: async () => (await askServer(url)).jobs,
  wait: () => sleep(LOOK_EVERY_MS),
})

/** Tells how far indexing is until nothing is left to do; whoever does not want to wait ends it, and it goes on. */
export async function followIndexing({ print, jobs, wait }: Watched): Promise<void> {
  try {
    let told = ''
    for (;;) {
      const open = (await jobs()).filter(isOpen)
      const lines = open.map(jobLine).join('\n')
      if (open.length > 0 && told === '')
        print('\nIndexing (Ctrl-C leaves it to the stack; `npm run status` shows it):')
      if (lines !== told) print(open.length > 0 ? lines : 'Indexed.')
      if (open.length === 0) return
      told = lines
      await wait()
    }
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
    print(`${error.message}; \`npm run status\` shows how far it is.`)
  }
}
