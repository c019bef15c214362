import { type Exchange, openExchange, startOf } from '../backups/exchange.ts'
import { type Manifest, parseManifest } from '../backups/manifest.ts'
import { checkRestored } from '../backups/restored-check.ts'
import type { BackupSettings } from '../config.ts'
import { asFault, Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import { recordBackupRun } from '../store/backup-runs.ts'
import { openDatabase } from '../store/open.ts'
import { closeAfter } from './closers.ts'
import type { Setup } from './setup.ts'

/**
 * Checks the database into which the backup in `exchanged` was restored, and records the result. Returns 1 if the check
 * fails.
 */
export async function checkRestore({ config, log, terminal }: Setup, exchanged: string): Promise<number> {
  const exchange = openExchange(exchanged)
  const startedAt = await startOf(exchange, new Date())
  return closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    const database = await openDatabase(config.database, log)
    closers.push('database', () => database.close())
    const manifest = await manifestIn(exchange)
    const faults = await faultsOf(exchange, manifest, config.backup, log)
    const { name, bytes } = manifest
    const fault = faults.length === 0 ? {} : { fault: faults.join('; ') }
    await recordBackupRun(database, { kind: 'restore_test', name, bytes, startedAt, finishedAt: new Date(), ...fault })
    terminal.print(faults.length === 0 ? `${name} restores` : `${name} does not restore:`)
    for (const each of faults) terminal.print(`  ${each}`)
    return faults.length === 0 ? 0 : 1
  })
}

async function manifestIn(exchange: Exchange): Promise<Manifest> {
  const text = await exchange.read('manifest')
  if (text !== undefined) return parseManifest(text, (await exchange.read('name')) ?? 'The backup')
  throw new Fault('backup_not_found', 'No backup was fetched', 'Run fetch-backup with the same folder first')
}

async function faultsOf(exchange: Exchange, manifest: Manifest, { restored }: BackupSettings, log: Log) {
  const fault = await exchange.read('fault')
  if (fault !== undefined) return [`pg_restore failed: ${fault}`]
  if (restored === undefined) {
    throw new Fault('configuration_invalid', 'RESTORED_DATABASE_URL is not set', 'Set it to the restored database')
  }
  const settings = { kind: 'postgres', connectionString: restored, poolSize: 2 } as const
  // Uses the limits of jobs because it counts the rows of all tables.
  const database = await openDatabase(settings, log, 'jobs')
  try {
    const { faults, rows, searches } = await checkRestored(database, manifest, log)
    log.info({ backup: manifest.name, rows, searches, faults }, 'restored backup was checked')
    return faults
  } catch (error) {
    return [asFault(error).message]
  } finally {
    await database.close()
  }
}
