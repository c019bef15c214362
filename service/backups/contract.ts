import type { Manifest } from './manifest.ts'

/** Where backups are kept. */
export interface BackupStore {
  /** Said to people. */
  readonly place: string
  /** Oldest first. @throws Fault `backup_storage_failed` */
  names(): Promise<string[]>
  /** Keeps the dump in the file `partial`, which is gone after that. @throws Fault `backup_storage_failed` */
  keep(manifest: Manifest, partial: string): Promise<void>
  /** @throws Fault `backup_damaged`, `backup_storage_failed` */
  manifest(name: string): Promise<Manifest>
  /** The file of a dump. @throws Fault `backup_storage_failed` */
  file(name: string): Promise<string>
  /** @throws Fault `backup_storage_failed` */
  remove(name: string): Promise<void>
}
