import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgres } from '../../../service/store/postgres.ts'

export type Engine = 'embedded' | 'postgres'

/** An empty database, as settings for the server. */
export interface FreshDatabase {
  readonly settings: Readonly<Record<string, string>>
  readonly drop: () => Promise<void>
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** Creates an empty database. Postgres is the one in TEST_DATABASE_URL. */
export function freshDatabase(engine: Engine): Promise<FreshDatabase> {
  return engine === 'embedded' ? freshFolder() : freshInPostgres(process.env.TEST_DATABASE_URL)
}

async function freshFolder(): Promise<FreshDatabase> {
  const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'codebase-bench-'))
  return {
    settings: { DATA_FOLDER: folder },
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function freshInPostgres(server: string | undefined): Promise<FreshDatabase> {
  if (server === undefined) throw new Error('TEST_DATABASE_URL names no Postgres')
  const admin = openPostgres({ kind: 'postgres', connectionString: server, poolSize: 1 }, SILENT)
  const name = `bench_${randomUUID().replaceAll('-', '')}`
  await admin.query(`create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    settings: { DATABASE_URL: url.href },
    drop: async () => {
      await admin.query(`drop database ${name} with (force)`)
      await admin.close()
    },
  }
}
