import { Readable } from 'node:stream'
import { Refused } from '../faults.ts'
import { ROLES } from '../postgres/connection.ts'
import type { Ended, Pipes } from '../processes.ts'

/** Runs a program next to Postgres, such as in its container. */
export type RunBeside = (command: readonly string[], pipes?: Pipes) => Promise<Ended>

/** Runs statements in the Postgres of a stack. */
export interface Database {
  /**
   * Runs a psql script as the superuser, up to the first error, and returns its rows without a header.
   * @throws Refused
   */
  script(database: string, text: string): Promise<readonly string[]>
}

const PSQL = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set', 'ON_ERROR_STOP=1']

/** Database that exists in every Postgres. Scripts connect to it while they create, rename or drop others. */
export const MAINTENANCE = 'postgres'

export const makeDatabase = (run: RunBeside): Database => ({
  async script(database, text) {
    const command = ['psql', ...PSQL, '--username', ROLES.superuser, '--dbname', database]
    const { exitCode, output, errors } = await run(command, { input: Readable.from([text]) })
    if (exitCode !== 0) throw new Refused(`Postgres reports an error: ${errors.trim()}`)
    return output.split('\n').filter((line) => line !== '')
  },
})
