import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { expendable } from '../backups/backup-names.ts'
import type { BackupStore } from '../backups/contract.ts'
import { type Exchange, openExchange, startOf } from '../backups/exchange.ts'
import { type Manifest, parseRows } from '../backups/manifest.ts'
import { openBackupStore } from '../backups/store.ts'
import { checksum } from '../backups/whole-files.ts'
import { asFault, Fault } from '../errors.ts'
import { type BackupRun, lastTestedBackup, recordBackupRun } from '../store/backup-runs.ts'
import type { Database } from '../store/database.ts'
import { openDatabase } from '../store/open.ts'
import { MIB } from '../units.ts'
import { closeAfter } from './closers.ts'
import type { Setup } from './setup.ts'

/** Stores the dump in the folder `exchanged`, deletes backups beyond the number to keep, and records the run. */
export async function storeBackup({ config, log, terminal }: Setup, exchanged: string): Promise<number> {
  const exchange = openExchange(exchanged)
  const startedAt = await startOf(exchange, new Date())
  return closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    const database = await openDatabase(config.database, log)
    closers.push('database', () => database.close())
    const record = (run: Pick<BackupRun, 'name' | 'bytes' | 'fault'>) =>
      recordBackupRun(database, { kind: 'backup', startedAt, finishedAt: new Date(), ...run })
    let kept: Manifest
    const store = openBackupStore(config.backup)
    try {
      kept = await keep(exchange, store)
    } catch (error) {
      await record({ fault: asFault(error).message })
      throw error
    }
    const { name, bytes } = kept
    await record({ name, bytes })
    terminal.print(`kept ${name} in ${store.place}: ${(bytes / MIB).toFixed(1)} MiB`)
    for (const old of await removeOld(store, config.backup.keep, database)) terminal.print(`deleted ${old}`)
    return 0
  })
}

/** @throws Fault `backup_failed` if there is no dump to store */
async function keep(exchange: Exchange, store: BackupStore): Promise<Manifest> {
  const fault = await exchange.read('fault')
  const [path, rows] = [await exchange.read('path'), await exchange.read('rows')]
  if (fault !== undefined || path === undefined || rows === undefined) {
    throw new Fault(
      'backup_failed',
      `The database was not dumped: ${fault ?? 'the previous step reported nothing'}`,
      'See the log of the previous step; nothing was deleted',
    )
  }
  const { size: bytes, mtime } = await stat(path)
  const name = (await exchange.read('name')) ?? basename(path)
  const manifest = { name, createdAt: mtime.toISOString(), bytes, sha256: await checksum(path), rows: parseRows(rows) }
  await store.keep(manifest, path)
  return manifest
}

async function removeOld(store: BackupStore, keep: number, database: Database): Promise<string[]> {
  const old = expendable(await store.names(), keep, await lastTestedBackup(database))
  for (const name of old) await store.remove(name)
  return old
}
