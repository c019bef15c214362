import { openExchange } from '../backups/exchange.ts'
import { chosenBackup, openBackupStore, soundFile } from '../backups/store.ts'
import { asFault } from '../errors.ts'
import { recordBackupRun } from '../store/backup-runs.ts'
import { openDatabase } from '../store/open.ts'
import { SECOND } from '../units.ts'
import { closeAfter } from './closers.ts'
import type { Setup } from './setup.ts'

/** Options as commander parses them. */
export interface FetchOptions {
  /** Default "newest". */
  readonly name: string
  readonly test?: true
}

/** Prepares a backup's dump for a restore, and writes its path to `exchanged`. */
export async function fetchBackup(setup: Setup, exchanged: string, { name, test }: FetchOptions): Promise<number> {
  const startedAt = new Date()
  try {
    return await fetchInto(setup, exchanged, startedAt, name)
  } catch (error) {
    if (test) await recordFailedTest(setup, startedAt, asFault(error).message)
    throw error
  }
}

async function fetchInto({ config, terminal }: Setup, exchanged: string, startedAt: Date, asked: string) {
  const store = openBackupStore(config.backup)
  const name = await chosenBackup(store, asked)
  const manifest = await store.manifest(name)
  const path = await soundFile(store, manifest)
  const exchange = openExchange(exchanged)
  await exchange.write('started', String(Math.floor(startedAt.getTime() / SECOND)))
  await exchange.write('name', name)
  await exchange.write('manifest', JSON.stringify(manifest))
  await exchange.write('path', path)
  terminal.print(`${name} is complete, in ${path}`)
  return 0
}

async function recordFailedTest({ config, log }: Setup, startedAt: Date, fault: string): Promise<void> {
  await closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    const database = await openDatabase(config.database, log)
    closers.push('database', () => database.close())
    await recordBackupRun(database, { kind: 'restore_test', startedAt, finishedAt: new Date(), fault })
  })
}
