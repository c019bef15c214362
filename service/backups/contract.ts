import type { Manifest } from './manifest.ts'

/** A place that stores backups. */
export interface BackupStore {
  /** Description of the place for messages. */
  readonly place: string
  /** Returns the names of the backups, oldest first. @throws Fault `backup_storage_failed` */
  names(): Promise<string[]>
  /** Stores the dump from the file `partial`, which it moves or deletes. @throws Fault `backup_storage_failed` */
  keep(manifest: Manifest, partial: string): Promise<void>
  /** @throws Fault `backup_damaged`, `backup_storage_failed` */
  manifest(name: string): Promise<Manifest>
  /** Returns the path of a dump, downloading it if necessary. @throws Fault `backup_storage_failed` */
  file(name: string): Promise<string>
  /** @throws Fault `backup_storage_failed` */
  remove(name: string): Promise<void>
}
