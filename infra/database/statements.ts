import { Readable } from 'node:stream'
import { Refused } from '../faults.ts'
import type { Ended, Pipes } from '../processes.ts'
import { ROLES } from '../roles.ts'

/** Runs a program where Postgres runs. */
export type RunBeside = (command: readonly string[], pipes?: Pipes) => Promise<Ended>

/** Statements to the Postgres of a stack. */
export interface Database {
  /**
   * Runs a script of psql as the superuser, who stops at the first error; its rows, without a header.
   * @throws Refused
   */
  script(database: string, text: string): Promise<readonly string[]>
}

const PSQL = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set', 'ON_ERROR_STOP=1']

/** What is there in every Postgres; connected to while others are made, renamed or dropped. */
export const MAINTENANCE = 'postgres'

export const makeDatabase = (run: RunBeside): Database => ({
  async script(database, text) {
    const command = ['psql', ...PSQL, '--username', ROLES.superuser, '--dbname', database]
    const { exitCode, output, errors } = await run(command, { input: Readable.from([text]) })
    if (exitCode !== 0) throw new Refused(`Postgres refuses: ${errors.trim()}`)
    return output.split('\n').filter((line) => line !== '')
  },
})
