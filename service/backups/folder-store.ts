import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../errors.ts'
import { backupsAmong, DUMP, MANIFEST } from './backup-names.ts'
import type { BackupStore } from './contract.ts'
import { parseManifest } from './manifest.ts'
import { settle, writeWhole } from './whole-files.ts'

/** Stores a stack's backups in a folder, two files each. The dump is written last and completes the backup. */
export function folderStore(stack: string, folder: string): BackupStore {
  const dump = (name: string) => join(folder, `${name}${DUMP}`)
  const manifest = (name: string) => join(folder, `${name}${MANIFEST}`)
  return {
    place: folder,
    names: () => told(folder, async () => backupsAmong(stack, await readdir(folder))),
    keep: (own, partial) =>
      told(folder, async () => {
        await writeWhole(manifest(own.name), JSON.stringify(own))
        await settle(partial, dump(own.name))
      }),
    manifest: (name) => told(folder, async () => parseManifest(await readFile(manifest(name), 'utf8'), name)),
    file: async (name) => dump(name),
    remove: (name) =>
      told(folder, async () => {
        await rm(dump(name), { force: true })
        await rm(manifest(name), { force: true })
      }),
  }
}

async function told<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Fault) throw error
    const { code, path = folder } = error as NodeJS.ErrnoException
    throw new Fault(
      'backup_storage_failed',
      `${path} cannot be used (${code})`,
      code === 'ENOSPC'
        ? 'Enlarge the volume of the backups, or keep fewer'
        : 'Check BACKUP_FOLDER and its permissions',
      { cause: error },
    )
  }
}
