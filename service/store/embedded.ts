import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PGlite, type PGliteInterface, type Transaction } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Database, Sql } from './database.ts'
import { lockFolder } from './folder-lock.ts'

const BYTEA = 17
const INT8 = 20
const CREATE = fileURLToPath(new URL('./create-embedded.ts', import.meta.url))
/** A quarter of what Postgres takes by default: all of it is memory of this process. */
const SHARED_BUFFERS = '32MB'

/** A database without a folder, gone when it is closed. */
export const IN_MEMORY = 'memory://'

/**
 * The Postgres inside this process that keeps its data in `folder`.
 * @throws Fault `database_not_usable`, also where another process has the folder open
 */
export async function openEmbedded(folder: string, log: Log): Promise<Database> {
  if (folder === IN_MEMORY) return embeddedDatabase(await startPglite(folder), async () => {})
  await makeFolder(folder)
  const unlock = await lockFolder(folder)
  try {
    const data = dataIn(folder)
    if (!existsSync(data)) await createData(data)
    const pglite = await startPglite(data)
    log.debug({ folder }, 'Opened the embedded database')
    return embeddedDatabase(pglite, unlock)
  } catch (error) {
    await unlock()
    throw new Fault(
      'database_not_usable',
      `The embedded database in ${JSON.stringify(folder)} cannot be opened`,
      'Delete this folder to index again from nothing, or set DATA_FOLDER to another one; the log has the cause',
      { cause: error },
    )
  }
}

export const dataIn = (folder: string) => join(folder, 'postgres')

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    // The folder may lie inside a repository: its files belong neither to the commits nor to the index.
    await writeFile(join(folder, '.gitignore'), '*\n')
  } catch (error) {
    throw new Fault(
      'database_not_usable',
      `The data folder ${JSON.stringify(folder)} cannot be written (${(error as NodeJS.ErrnoException).code})`,
      'Set DATA_FOLDER to a folder that this user may write',
      { cause: error },
    )
  }
}

/** In a process of its own, because creating takes over 1 GB of memory for a moment, most of which this one would keep. */
async function createData(data: string): Promise<void> {
  const unfinished = `${data}.new`
  await rm(unfinished, { recursive: true, force: true })
  await promisify(execFile)(process.execPath, [CREATE, unfinished])
  await rename(unfinished, data)
}

function startPglite(dataDir: string): Promise<PGliteInterface> {
  return PGlite.create({
    dataDir,
    extensions: { vector },
    startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
    // PGlite's own functions for bytea go byte by byte; a Uint8Array passes as a binary parameter although its type says string.
    serializers: { [BYTEA]: (bytes: Uint8Array) => bytes as unknown as string },
    parsers: { [BYTEA]: (text) => Buffer.from(text.slice(2), 'hex'), [INT8]: Number },
  })
}

function embeddedDatabase(pglite: PGliteInterface, unlock: () => Promise<void>): Database {
  // There is one connection, so whoever is in a transaction sees nobody else's changes.
  const transaction = <Result>(work: (sql: Sql) => Promise<Result>) => pglite.transaction((own) => work(sqlOn(own)))
  return {
    kind: 'embedded',
    ...sqlOn(pglite),
    transaction,
    snapshot: (work) =>
      transaction(async (sql) => {
        await sql.query('set transaction read only')
        return work(sql)
      }),
    close: async () => {
      await pglite.close()
      await unlock()
    },
  }
}

function sqlOn(connection: PGliteInterface | Transaction): Sql {
  return {
    async query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
      if (values !== undefined) return (await connection.query<Row>(text, [...values])).rows
      const results = await connection.exec(text)
      return (results.at(-1)?.rows ?? []) as Row[]
    },
  }
}
