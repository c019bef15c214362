import { docker } from '../docker/stack.ts'
import { until } from './cluster.ts'

/** Starts a Postgres server outside the cluster, in a container of this machine, on a port of all its addresses. */
export async function startPostgres(name: string, port: number, password: string) {
  const close = async () => void (await docker('rm', '--force', '--volumes', name))
  await close().catch(() => {})
  const variables = ['--env', `POSTGRES_PASSWORD=${password}`]
  const published = ['--publish', `${port}:5432`]
  await docker('run', '--detach', '--name', name, ...published, ...variables, 'pgvector/pgvector:pg17')
  const login = ['psql', '--host', '127.0.0.1', '--username', 'postgres', '--tuples-only', '--no-align']
  // Over TCP, because the server that only prepares the database listens on the socket too.
  const psql = (sql: string, database = 'postgres') =>
    docker('exec', '--env', `PGPASSWORD=${password}`, name, ...login, database, '-c', sql)
  await until(
    () => psql('select 1').catch(String),
    (said) => said === '1',
    60,
  )
  return {
    psql,
    /** Runs a command in the container, as root. */
    exec: (...command: string[]) => docker('exec', '--user', 'root', name, ...command),
    close,
  }
}

export type PostgresServer = Awaited<ReturnType<typeof startPostgres>>
