import { readdir, readFile } from 'node:fs/promises'

// The same place beside this file and beside the bundle that this file becomes a part of.
const FOLDER = new URL('./migrations/', import.meta.url)

export interface Migration {
  readonly version: number
  readonly name: string
  /** Whether code that does not know this migration cannot work with the schema that it makes. */
  readonly breaking: boolean
  readonly sql: string
}

/** The migrations that the code knows, oldest first. */
export async function readMigrations(folder: URL = FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(names.map((name, index) => readMigration(folder, name, index + 1)))
}

async function readMigration(folder: URL, fileName: string, version: number): Promise<Migration> {
  const [, number, name] = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(fileName) ?? []
  if (name === undefined || Number(number) !== version) {
    throw new Error(`Migration ${fileName} is not named ${String(version).padStart(4, '0')}-name.sql`)
  }
  const sql = await readFile(new URL(fileName, folder), 'utf8')
  return { version, name, breaking: sql.startsWith('--! breaking'), sql }
}
