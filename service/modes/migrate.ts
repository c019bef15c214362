import { migrate, migrationStatus, waitForDatabase } from '../store/migrate.ts'
import { openDatabaseAsOwner } from '../store/open.ts'
import { closeAfter } from './closers.ts'
import type { Setup } from './setup.ts'

/** Applies pending migrations. With the option, only lists them, and returns 1 if there are any. */
export async function migrateMode({ config, log, terminal }: Setup, options: { status?: true }): Promise<number> {
  return closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    const database = await openDatabaseAsOwner(config.database, log)
    closers.push('database', () => database.close())
    await waitForDatabase(database, log)
    const { current, latest, pending } = options.status ? await migrationStatus(database) : await migrate(database, log)
    terminal.print(`schema ${current} of ${latest}`)
    for (const name of pending) terminal.print(`pending  ${name}`)
    return pending.length === 0 ? 0 : 1
  })
}
