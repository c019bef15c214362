import { stat } from 'node:fs/promises'
import type { BackupSettings } from '../config.ts'
import { Fault } from '../errors.ts'
import type { BackupStore } from './contract.ts'
import { folderStore } from './folder-store.ts'
import type { Manifest } from './manifest.ts'
import { bucketStore } from './s3/bucket-store.ts'
import { checksum } from './whole-files.ts'

/** @throws Fault `configuration_invalid` if the settings name neither folder nor bucket */
export function openBackupStore({ name, folder, s3 }: BackupSettings): BackupStore {
  if (folder === undefined) {
    throw new Fault(
      'configuration_invalid',
      'BACKUP_FOLDER is not set',
      'Set it to the folder of the backups; with BACKUP_S3_BUCKET, to a folder for dumps in transit',
    )
  }
  return s3 === undefined ? folderStore(name, folder) : bucketStore(name, folder, s3)
}

/** Finds a backup by its name or as "newest". @throws Fault `backup_not_found` */
export async function chosenBackup(store: BackupStore, asked: string): Promise<string> {
  const names = await store.names()
  const newest = names.at(-1)
  if (newest === undefined) {
    throw new Fault('backup_not_found', `There is no backup in ${store.place}`, 'Make a backup first')
  }
  if (asked === 'newest') return newest
  if (names.includes(asked)) return asked
  throw new Fault(
    'backup_not_found',
    `There is no backup ${asked} in ${store.place}`,
    `Use one of: ${names.join(', ')}`,
  )
}

/** Returns the path of a backup's dump after verifying its checksum. @throws Fault `backup_damaged` */
export async function soundFile(store: BackupStore, { name, bytes, sha256 }: Manifest): Promise<string> {
  const path = await store.file(name)
  const { size } = await stat(path)
  const damage =
    size !== bytes
      ? `has ${size} bytes and had ${bytes} when it was made`
      : (await checksum(path)) === sha256
        ? undefined
        : 'is not the file that was made: its checksum differs'
  if (damage === undefined) return path
  throw new Fault('backup_damaged', `The backup ${name} in ${store.place} ${damage}`, 'Use another backup')
}
