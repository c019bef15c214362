import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from './postgres.ts'
import type { Context } from './row.ts'
import { startServer } from './server.ts'

/**
 * Does the work with a context of its own and removes everything it created. `bin` is the folder of Postgres' programs.
 */
export async function inContext<Result>(
  bin: string | undefined,
  work: (context: Context) => Promise<Result>,
): Promise<Result> {
  const closers: (() => unknown)[] = []
  const after = (close: () => unknown) => void closers.push(close)
  const context: Context = {
    after,
    folder: () => {
      const folder = mkdtempSync(join(tmpdir(), 'codebase-prove-'))
      after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
      return folder
    },
    postgres: async (settings) => {
      if (bin === undefined) throw new Error('The row needs Postgres but does not set needsPostgres')
      const postgres = await startPostgres(bin, settings)
      after(() => postgres.remove())
      return postgres
    },
    server: async (options) => {
      const server = await startServer(options)
      after(() => {
        server.debugger?.close()
        return server.lives() ? server.stop('SIGKILL') : undefined
      })
      return server
    },
  }
  try {
    return await work(context)
  } finally {
    for (const close of closers.reverse()) await close()
  }
}
