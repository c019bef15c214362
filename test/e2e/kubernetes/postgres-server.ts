import { docker } from '../docker/stack.ts'
import { until } from './cluster.ts'

/** A Postgres server outside the cluster, in a container of this machine. */
export interface PostgresServer {
  /** Asks over TCP, because the server that only prepares the database listens on the socket too. */
  psql(sql: string, database?: string): Promise<string>
  /** Runs a command in the container, as root. */
  exec(...command: string[]): Promise<string>
  close(): Promise<void>
}

/** Starts a Postgres server whose superuser is `postgres`, on a port of every address of this machine. */
export async function startPostgres(name: string, port: number, password: string): Promise<PostgresServer> {
  const close = async () => void (await docker('rm', '--force', '--volumes', name))
  await close().catch(() => {})
  const variables = ['--env', `POSTGRES_PASSWORD=${password}`]
  const published = ['--publish', `${port}:5432`]
  await docker('run', '--detach', '--name', name, ...published, ...variables, 'pgvector/pgvector:pg17')
  const login = ['psql', '--host', '127.0.0.1', '--username', 'postgres', '--tuples-only', '--no-align']
  const psql = (sql: string, database = 'postgres') =>
    docker('exec', '--env', `PGPASSWORD=${password}`, name, ...login, database, '-c', sql)
  await until(
    () => psql('select 1').catch(String),
    (said) => said === '1',
    60,
  )
  return { psql, close, exec: (...command) => docker('exec', '--user', 'root', name, ...command) }
}
