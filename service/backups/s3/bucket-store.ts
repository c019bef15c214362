import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BucketSettings } from '../../bucket-settings.ts'
import { backupsAmong, DUMP, MANIFEST } from '../backup-names.ts'
import type { BackupStore } from '../contract.ts'
import { parseManifest } from '../manifest.ts'
import { openBucket } from './bucket.ts'

/** Stores a stack's backups in a bucket, two objects each. `folder` holds dumps during a transfer. */
export function bucketStore(stack: string, folder: string, settings: BucketSettings): BackupStore {
  const bucket = openBucket(settings)
  const { prefix } = settings
  const dump = (name: string) => `${prefix}${name}${DUMP}`
  const manifest = (name: string) => `${prefix}${name}${MANIFEST}`
  return {
    place: bucket.place,
    async names() {
      const keys = await bucket.keys(prefix)
      return backupsAmong(
        stack,
        keys.map((key) => key.slice(prefix.length)),
      )
    },
    async keep(own, partial) {
      await bucket.put(manifest(own.name), Buffer.from(JSON.stringify(own)))
      await bucket.upload(dump(own.name), partial)
      await rm(partial)
    },
    manifest: async (name) => parseManifest(await bucket.text(manifest(name)), name),
    async file(name) {
      const path = join(folder, `${name}${DUMP}`)
      await bucket.download(dump(name), path)
      return path
    },
    async remove(name) {
      await bucket.delete(dump(name))
      await bucket.delete(manifest(name))
    },
  }
}
