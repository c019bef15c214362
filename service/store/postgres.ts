import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import pg from 'pg'
import type { DatabaseSettings } from '../database-settings.ts'
import { unlessAborted, untilUnwanted } from '../deadline.ts'
import { Fault } from '../errors.ts'
import type { Log } from '../log.ts'
import { MINUTE, SECOND } from '../units.ts'
import { CopyIn } from './copy-in.ts'
import type { Database, DatabaseUse, Sql } from './database.ts'
import { poolClient } from './pool-client.ts'
import { addressOf, connectionFault, isConnectionLost, statementFault } from './postgres-faults.ts'
import { Turns } from './turns.ts'

export type PostgresSettings = Extract<DatabaseSettings, { kind: 'postgres' }>

/** Limits of a pool. Each use has its own pool, so that uses do not wait for each other. */
interface Limits {
  /** Default: the pool size of the settings. */
  readonly connections?: number
  readonly statementMs: number
  /** Lock timeout. 0 for none. */
  readonly lockMs: number
  /** Idle-in-transaction timeout: a silent client is gone or frozen, and blocks others. */
  readonly idleMs: number
  /** How long a caller waits while no connection becomes free. */
  readonly queueMs: number
}

const LIMITS: Readonly<Record<DatabaseUse, Limits>> = {
  questions: { statementMs: 5 * SECOND, lockMs: 2 * SECOND, idleMs: 5 * SECOND, queueMs: 300 },
  health: { connections: 2, statementMs: 3 * SECOND, lockMs: SECOND, idleMs: 5 * SECOND, queueMs: 3 * SECOND },
  jobs: { statementMs: 2 * MINUTE, lockMs: 30 * SECOND, idleMs: 15 * SECOND, queueMs: 30 * SECOND },
  // A migration may build an index over all rows, or wait for another migration that does.
  schema: { connections: 1, statementMs: 30 * MINUTE, lockMs: 0, idleMs: MINUTE, queueMs: MINUTE },
}

const CONNECT_TIMEOUT_MS = 3 * SECOND
/** Behind a pooler, connections outlive the server they lead to. New ones detect the change. */
const LIFETIME_SECONDS = 60
const KEEP_ALIVE_MS = 10 * SECOND
/** How much longer the client waits than the server, so that the server's error arrives first. */
const NETWORK_MARGIN_MS = 5 * SECOND

const { INT8 } = pg.types.builtins

const types: pg.CustomTypesConfig = {
  getTypeParser: (type, format) => (type === INT8 ? Number : pg.types.getTypeParser(type, format)),
}

/**
 * Creates a pool of connections to Postgres. It connects with the first query.
 * @throws Fault `database_not_usable` if a certificate cannot be read
 */
export function openPostgres(settings: PostgresSettings, log: Log, use: DatabaseUse = 'questions'): Database {
  const limits = LIMITS[use]
  const origin = makeOrigin(log)
  const pool = new pg.Pool({
    Client: poolClient(settings.connectionString, log),
    connectionString: settings.connectionString,
    max: limits.connections ?? settings.poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: `codebase-mcp ${use}`,
    types,
    // The driver awaits the result, contrary to @types/pg.
    onConnect: (client): unknown => beginSession(client, limits).then(origin.saw),
  })
  // Without a listener, a broken idle connection would end the process.
  pool.on('error', (error) => log.warn(reasonOf(error), 'An idle connection to Postgres broke'))
  // The pool does not listen to connections in use. Their users see the error through their statements.
  pool.on('connect', (client) =>
    client.on('error', (error) => log.debug(reasonOf(error), 'A connection to Postgres broke')),
  )
  return { ...postgresDatabase(pool, settings.connectionString, limits), onReplaced: origin.onChange }
}

/** A driver error refers to its whole client, which must not be logged. */
const reasonOf = ({ message, code }: Error & { readonly code?: string }) => ({ code, reason: message })

/** Detects whether new connections lead to a different database than earlier ones. */
function makeOrigin(log: Log) {
  const listeners: (() => void)[] = []
  let known: string | undefined
  return {
    onChange: (listener: () => void) => void listeners.push(listener),
    saw: (origin: string | null) => {
      if (origin === null || origin === known) return
      const isFirst = known === undefined
      known = origin
      if (isFirst) return
      log.info({}, 'Postgres was restarted or replaced: everything cached from it is read again')
      for (const tell of listeners) tell()
    },
  }
}

/** Returns the limits of statements, locks and idle transactions. */
const limitsOf = ({ statementMs, lockMs, idleMs }: Limits) => ({
  statement_timeout: statementMs,
  lock_timeout: lockMs,
  idle_in_transaction_session_timeout: idleMs,
})

/**
 * Sets the limits by which the server ends abandoned work, and the settings that a role or database may have changed.
 * Returns an identifier of the server and its data.
 */
async function beginSession(client: pg.ClientBase, limits: Limits): Promise<string | null> {
  const settings = {
    ...limitsOf(limits),
    transaction_timeout: 0,
    idle_session_timeout: 0,
    tcp_keepalives_idle: 15,
    tcp_keepalives_interval: 5,
    tcp_keepalives_count: 3,
    tcp_user_timeout: 30 * SECOND,
    client_connection_check_interval: SECOND,
    default_transaction_isolation: 'read committed',
    datestyle: 'ISO',
    bytea_output: 'hex',
    standard_conforming_strings: 'on',
  }
  const wanted = Object.entries(settings).map(([name, value]) => `('${name}', '${value}')`)
  const found = await client.query<Begun>({
    // Until this takes effect, the role's limits apply. Older versions lack some of these settings, and some systems do
    // not support one.
    text: `set statement_timeout = ${CONNECT_TIMEOUT_MS};
      select set_config('transaction_timeout', '0', false) where current_setting('transaction_timeout', true) is not null;
      select case when to_regclass('repository') is not null then
          concat_ws(' ', extract(epoch from pg_postmaster_start_time()), to_regclass('repository')::oid,
            (select oid from pg_database where datname = current_database())) end as origin,
        array(
          select set_config(name, value, false) from (values ${wanted.join(', ')}) as wanted (name, value)
          where current_setting(name, true) is not null
            and (name <> 'client_connection_check_interval' or version() ~* 'linux')
        ) as settings`,
    query_timeout: CONNECT_TIMEOUT_MS,
  } as pg.QueryConfig)
  // Several statements return an array, contrary to @types/pg.
  const results = found as unknown as pg.QueryResult<Begun>[]
  return results.at(-1)?.rows[0]?.origin ?? null
}

interface Begun {
  /** Null before the schema exists. */
  readonly origin: string | null
}

function postgresDatabase(pool: pg.Pool, connectionString: string, limits: Limits): Database {
  const lent = lendingOf(pool, connectionString, limits.queueMs)
  const using = async <Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> => {
    const signal = untilUnwanted()
    signal?.throwIfAborted()
    const client = await lent(signal)
    let broken = true
    try {
      const result = await unlessAborted(work(client), signal)
      broken = false
      return result
    } catch (error) {
      broken = signal?.aborted === true || isConnectionLost(error)
      throw statementFault(error, connectionString)
    } finally {
      if (broken) discard(client)
      else client.release()
    }
  }
  const within = <Result>(begin: string, work: (sql: Sql) => Promise<Result>, { statementMs } = limits) =>
    using((client) => transact(client, begin, statementMs, work))
  // Behind a pooler, the session's settings may be another client's.
  const change = <Result>(work: (sql: Sql) => Promise<Result>, statementMs = limits.statementMs) => {
    const own = { ...limits, statementMs }
    const settings = Object.entries(limitsOf(own)).map(([name, value]) => `; set local ${name} = ${value}`)
    return within(`begin${settings.join('')}`, work, own)
  }
  return {
    kind: 'postgres',
    query: (text, values) => using((client) => sqlOn(client, limits.statementMs).query(text, values)),
    copyIn: (target, data) => change((sql) => sql.copyIn(target, data)),
    transaction: change,
    snapshot: (work) => within('begin isolation level repeatable read read only', work),
    check: async () => {
      await using((client) => refuseReadOnly(sqlOn(client, limits.statementMs)))
    },
    connections: () => ({
      used: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      pending: pool.waitingCount,
      max: pool.options.max,
    }),
    close: () => pool.end(),
  }
}

/** Lends connections of a pool, and fails at once if none can become free. */
function lendingOf(pool: pg.Pool, connectionString: string, queueMs: number) {
  let returned = 0
  pool.on('release', () => returned++)
  const noneReturns = async (signal: AbortSignal): Promise<never> => {
    for (;;) {
      const before = returned
      await delay(queueMs, undefined, { signal })
      // If this thread was busy, connections may have been returned without its notice.
      await setImmediate()
      if (returned === before) throw poolIsFull(connectionString, pool.options.max)
    }
  }
  return async (signal: AbortSignal | undefined): Promise<pg.PoolClient> => {
    const asked = pool.connect()
    const settled = new AbortController()
    const isQueued = pool.waitingCount > 0 && pool.idleCount === 0
    const given = isQueued ? Promise.race([asked, noneReturns(settled.signal)]) : asked
    try {
      return await unlessAborted(given, signal)
    } catch (error) {
      asked.then(
        (client) => client.release(),
        () => {},
      )
      signal?.throwIfAborted()
      throw connectionFault(error, connectionString)
    } finally {
      settled.abort()
    }
  }
}

function poolIsFull(connectionString: string, connections: number): Fault {
  return new Fault(
    'overloaded',
    `All ${connections} connections to Postgres at ${addressOf(connectionString)} are in use`,
    'Try again in a second; if this persists, raise DATABASE_POOL_SIZE, or find the slow statement in pg_stat_activity',
  )
}

/** Ends the statement in progress. The server notices within a second. */
function discard(client: pg.PoolClient): void {
  // @types/pg lacks this field. The driver's own `end` would first send a message, and wait for the network.
  const { connection } = client as pg.PoolClient & { connection: pg.Connection }
  connection.stream.destroy()
  client.release(true)
}

/** A former primary may be a standby after a failover. */
async function refuseReadOnly(sql: Sql): Promise<void> {
  const [row] = await sql.query<{ state: string }>(`select current_setting('transaction_read_only') as state`)
  if (row?.state === 'on') throw Object.assign(new pg.DatabaseError('it is read-only', 0, 'error'), { code: '25006' })
}

async function transact<Result>(
  client: pg.PoolClient,
  begin: string,
  statementMs: number,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  const sql = sqlOn(client, statementMs)
  await sql.query(begin)
  try {
    const result = await work(sql)
    await sql.query('commit')
    return result
  } catch (error) {
    if (!isConnectionLost(error)) await sql.query('rollback')
    throw error
  }
}

function sqlOn(client: pg.PoolClient, statementMs: number): Sql {
  const timeoutMs = statementMs + NETWORK_MARGIN_MS
  // The driver runs one statement at a time.
  const turns = new Turns()
  return {
    async query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
      const query = { text, query_timeout: timeoutMs }
      const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await turns.alone(() =>
        client.query(values === undefined ? query : { ...query, values: [...values] }),
      )
      return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows
    },
    copyIn: (target, data) =>
      turns.alone(() => {
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        client.query(new CopyIn(target, data, timeoutMs, (error) => (error ? reject(error) : resolve())))
        return promise
      }),
  }
}
