import pg from 'pg'
import type { DatabaseSettings } from '../config.ts'
import type { Log } from '../log.ts'
import { MINUTE, SECOND } from '../units.ts'
import { CopyIn } from './copy-in.ts'
import type { Database, Sql } from './database.ts'
import { connectionFault, isConnectionLost } from './postgres-faults.ts'

export type PostgresSettings = Extract<DatabaseSettings, { kind: 'postgres' }>

const CONNECT_TIMEOUT_MS = 5 * SECOND
const READ_TIMEOUT_MS = 30 * SECOND
/** Also the limit of a migration, which may build an index over everything. */
const WRITE_TIMEOUT_MS = 30 * MINUTE
/** What the client waits longer than the server, so that the server's own error comes first. */
const NETWORK_MARGIN_MS = 5 * SECOND

const { INT8 } = pg.types.builtins

const types: pg.CustomTypesConfig = {
  getTypeParser: (type, format) => (type === INT8 ? Number : pg.types.getTypeParser(type, format)),
}

/** A pool of connections to Postgres; none is made before the first query. */
export function openPostgres(settings: PostgresSettings, log: Log): Database {
  const pool = new pg.Pool({
    connectionString: settings.connectionString,
    max: settings.poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'codebase-mcp',
    types,
  })
  // Without a listener, a connection that breaks while idle ends the process.
  pool.on('error', (error) => log.warn({ error }, 'An idle connection to Postgres broke'))
  // Nor does the pool listen to one that is in use; who uses it hears of it by its statement.
  pool.on('connect', (client) => client.on('error', (error) => log.debug({ error }, 'A connection to Postgres broke')))
  return postgresDatabase(pool, settings.connectionString)
}

function postgresDatabase(pool: pg.Pool, connectionString: string): Database {
  const using = async <Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw connectionFault(error, connectionString)
    })
    let broken = false
    try {
      return await work(client)
    } catch (error) {
      broken = isConnectionLost(error)
      throw broken ? connectionFault(error, connectionString) : error
    } finally {
      client.release(broken)
    }
  }
  const within = <Result>(begin: string, limitMs: number, work: (sql: Sql) => Promise<Result>) =>
    using((client) => transact(client, begin, limitMs, work))
  return {
    kind: 'postgres',
    query: (text, values) => using((client) => sqlOn(client, READ_TIMEOUT_MS).query(text, values)),
    copyIn: (target, data) => within('begin', WRITE_TIMEOUT_MS, (sql) => sql.copyIn(target, data)),
    transaction: (work) => within('begin', WRITE_TIMEOUT_MS, work),
    snapshot: (work) => within('begin isolation level repeatable read read only', READ_TIMEOUT_MS, work),
    connections: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      pending: pool.waitingCount,
      max: pool.options.max,
    }),
    close: () => pool.end(),
  }
}

async function transact<Result>(
  client: pg.PoolClient,
  begin: string,
  limitMs: number,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  const sql = sqlOn(client, limitMs)
  await sql.query(`${begin}; set local statement_timeout = ${limitMs}`)
  try {
    const result = await work(sql)
    await sql.query('commit')
    return result
  } catch (error) {
    if (!isConnectionLost(error)) await sql.query('rollback')
    throw error
  }
}

function sqlOn(client: pg.PoolClient, limitMs: number): Sql {
  return {
    async query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
      const query = { text, query_timeout: limitMs + NETWORK_MARGIN_MS }
      const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query(
        values === undefined ? query : { ...query, values: [...values] },
      )
      return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows
    },
    copyIn: (target, data) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      client.query(
        new CopyIn(target, data, limitMs + NETWORK_MARGIN_MS, (error) => (error ? reject(error) : resolve())),
      )
      return promise
    },
  }
}
