import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import pg from 'pg'
import { unusedPort } from '../fakes/unused-port.ts'
import { msUntil, writeCode } from './calls.ts'
import { type Change, giveToPostgres, letIn, PASSWORD, type Place, urlOf } from './changed-database.ts'
import { encryptedChanges } from './encrypted-changes.ts'
import { makeSmallDisk, type SmallDisk } from './full-disk.ts'
import { once } from './postgres.ts'

const WAL_MIB = 160

/** Returns a change to the settings of the service's role, which new connections start with. */
const ofRole = (name: string, ...settings: readonly string[]): Change => ({
  name: `the service's role ${name}`,
  make: async (place) => {
    for (const setting of settings) await place.sql(`alter role ${place.name} set ${setting}`)
    await place.cutOff()
  },
  answers: true,
  undo: async (place) => {
    await place.sql(`alter role ${place.name} reset all`)
    await place.cutOff()
  },
})

/** Returns a change to the record of migrations. Other versions of the service may use the same database. */
const ofLedger = (name: string, statement: string, undo: string, told?: RegExp): Change => ({
  name: `another version of the service ${name}`,
  make: async (place) => void (await place.sql(statement)),
  ...(told === undefined ? {} : { told }),
  answers: true,
  undo: async (place) => void (await place.sql(undo)),
})

const changes: readonly Change[] = [
  {
    name: 'the password is changed',
    make: async (place) => {
      await place.sql(`alter role ${place.name} password 'second'`)
      await place.cutOff()
    },
    told: /database_not_usable.*password authentication failed/s,
    answers: false,
    undo: async (place) => void (await place.sql(`alter role ${place.name} password '${PASSWORD}'`)),
  },
  {
    name: 'the database is renamed',
    make: async (place) => {
      await place.sql(`alter role ${place.name} nologin`)
      await place.cutOff()
      await place.sql(`alter database ${place.name} rename to ${place.name}_away`, 'postgres')
      await place.sql(`alter role ${place.name} login`, 'postgres')
    },
    told: /database_not_usable/,
    answers: false,
    undo: async (place) =>
      void (await place.sql(`alter database ${place.name}_away rename to ${place.name}`, 'postgres')),
  },
  {
    name: 'the extension is dropped, which words do without',
    make: async (place) => void (await place.sql('drop extension vector cascade')),
    answers: true,
    undo: async () => {},
  },
  {
    name: 'others take all connections',
    settings: { max_connections: '30' },
    make: takeAllConnections,
    told: /database_unavailable.*has no connection left/s,
    answers: false,
    undo: async (place) =>
      void (await place.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'crowd'`)),
  },
  {
    name: 'only encrypted connections are let in',
    settings: {},
    make: async (place) => {
      letIn(place.data, 'hostssl')
      await place.sql('select pg_reload_conf()')
      await place.cutOff()
    },
    told: /database_not_usable.*sslmode/s,
    answers: false,
    undo: async (place) => {
      letIn(place.data, 'host')
      await place.sql('select pg_reload_conf()')
    },
  },
  {
    name: 'its rules reject the role',
    settings: {},
    make: async (place) => {
      letIn(place.data, 'host', 'reject')
      await place.sql('select pg_reload_conf()')
      await place.cutOff()
    },
    told: /database_not_usable.*pg_hba\.conf/s,
    answers: false,
    undo: async (place) => {
      letIn(place.data, 'host')
      await place.sql('select pg_reload_conf()')
    },
  },
  {
    name: 'the database accepts no connections',
    make: async (place) => {
      await place.sql(`alter database ${place.name} allow_connections false`, 'postgres')
      await place.cutOff()
    },
    told: /database_unavailable.*refuses the connection.*not currently accepting connections/s,
    answers: false,
    undo: async (place) => void (await place.sql(`alter database ${place.name} allow_connections true`, 'postgres')),
  },
  {
    name: 'a table is away',
    make: async (place) => void (await place.sql('alter table repository rename to away')),
    told: /schema_outdated/,
    answers: false,
    undo: async (place) => void (await place.sql('alter table away rename to repository')),
  },
  {
    name: 'a table may not be read',
    make: async (place) => void (await place.sql(`revoke select on repository from ${place.name}`)),
    told: /database_not_usable.*denies/s,
    answers: false,
    undo: async (place) => void (await place.sql(`grant select on repository to ${place.name}`)),
  },
  ofLedger(
    'makes a migration that this one cannot work with',
    `insert into migration (version, name, breaking) values (9999, 'future', true)`,
    'delete from migration where version = 9999',
    /schema_too_new/,
  ),
  ofLedger(
    'makes a migration that this one can work with',
    `insert into migration (version, name, breaking) values (9999, 'future', false)`,
    'delete from migration where version = 9999',
  ),
  ofLedger(
    'restores a ledger without the last migration',
    `update migration set version = -1 where version = (select max(version) from migration)`,
    `update migration set version = 1 + (select max(version) from migration) where version = -1`,
    /schema_outdated/,
  ),
  {
    name: 'it starts again in another time zone, and writes dates in another way',
    settings: {},
    make: async ({ postgres }) => {
      await postgres.stop('SIGINT')
      await postgres.start({ timezone: 'Pacific/Apia', datestyle: 'SQL, DMY', lc_messages: 'C' })
    },
    answers: true,
    undo: async ({ postgres }) => {
      await postgres.stop('SIGINT')
      await postgres.start()
    },
  },
  {
    name: 'a standby takes its place, and is promoted later',
    settings: { wal_level: 'replica', max_wal_senders: '4' },
    make: async (place) => {
      const standby = copyAsStandby(place)
      await place.postgres.stop('SIGINT')
      await place.postgres.start({}, standby)
    },
    told: /read_only/,
    answers: true,
    undo: async (place) => void (await place.sql('select pg_promote()')),
  },
  {
    name: 'it starts again with an older copy of its data',
    settings: {},
    make: async (place) => {
      const { postgres, data, scratch } = place
      const before = join(scratch, 'before')
      await postgres.stop('SIGINT')
      cpSync(data, before, { recursive: true })
      giveToPostgres(place, before)
      chmodSync(before, 0o700)
      await postgres.start()
      // The older copy will give the row numbers of these rows to other rows.
      await place.index(writeCode(join(scratch, 'lost'), 3))
      await place.finds('writtenMeanwhile')
      await postgres.stop('SIGINT')
      await postgres.start({}, before)
    },
    answers: true,
    undo: async () => {},
  },
  ofRole('has a statement_timeout of 1 ms', `statement_timeout = '1ms'`),
  ofRole('has a transaction_timeout of 50 ms', `transaction_timeout = '50ms'`),
  ofRole('has an idle_session_timeout of 100 ms', `idle_session_timeout = '100ms'`),
  ofRole(
    'works serializably, and reads dates and bytes in other ways',
    `default_transaction_isolation = 'serializable'`,
    `datestyle = 'SQL, DMY'`,
    `bytea_output = 'escape'`,
  ),
  ofRole(
    'rounds numbers, reads arrays in another way, and has little memory',
    'extra_float_digits = -15',
    'array_nulls = off',
    `work_mem = '64kB'`,
    'enable_seqscan = off',
    `intervalstyle = 'sql_standard'`,
    'default_transaction_deferrable = on',
  ),
  { ...ofRole('may only read', 'default_transaction_read_only = on'), told: /read_only/ },
]

/** One change of each kind. */
export const IN_SHORT: readonly string[] = [
  'the password is changed',
  'it starts again with an older copy of its data',
  "the service's role has a transaction_timeout of 50 ms",
]

/** Returns every change that this machine can make. Some need a small file system, OpenSSL or PgBouncer. */
export function databaseChanges(after: (close: () => unknown) => void): readonly Change[] {
  const disk = makeSmallDisk(WAL_MIB)
  if (disk !== undefined) after(() => disk.remove())
  const pooler = onPath('pgbouncer')
  const openssl = onPath('openssl')
  return [
    ...changes,
    ...(openssl === undefined ? [] : encryptedChanges(openssl)),
    ...(disk === undefined ? [] : [fullLog(disk)]),
    ...(pooler === undefined ? [] : [behindPooler(pooler)]),
  ]
}

function onPath(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

/** Postgres stops if it cannot write its WAL, and must be started again after somebody has made room. */
function fullLog(disk: SmallDisk): Change {
  return {
    name: 'its log has no room',
    settings: { min_wal_size: '32MB', max_wal_size: '64MB' },
    prepare: async (place) => {
      const [log, moved] = [join(place.data, 'pg_wal'), join(disk.folder, 'wal')]
      await place.postgres.stop('SIGINT')
      cpSync(log, moved, { recursive: true })
      giveToPostgres(place, moved)
      rmSync(log, { recursive: true })
      symlinkSync(moved, log)
      await place.postgres.start()
      return {}
    },
    make: async (place) => {
      disk.fill()
      await place.sql('create table much as select generate_series(1, 3000000)').catch(() => {})
    },
    told: /database_(?:full|unavailable)/,
    answers: false,
    undo: async ({ postgres }) => {
      disk.clear()
      if (!postgres.lives()) await postgres.start()
    },
  }
}

function behindPooler(pooler: string): Change {
  let port = 0
  let end = async () => {}
  const start = async (place: Place) => {
    const settings = join(place.scratch, 'pooler.ini')
    const users = join(place.scratch, 'pooler.users')
    writeFileSync(users, `"${place.name}" "${PASSWORD}"\n`)
    writeFileSync(
      settings,
      `[databases]\n* = host=127.0.0.1 port=${place.postgres.port}\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=${port}\n` +
        `unix_socket_dir=\nauth_type=plain\nauth_file=${users}\npool_mode=transaction\ndefault_pool_size=4\n`,
    )
    const { uid, gid } = statSync(place.data)
    const child = spawn(pooler, [settings], { stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid, gid } : {}) })
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    end = async () => {
      child.kill('SIGKILL')
      await ended
    }
    place.after(end)
    const answers = () =>
      once(`postgres://${place.name}:${PASSWORD}@127.0.0.1:${port}/${place.name}`, 'select 1').then(
        () => true,
        () => false,
      )
    await msUntil(answers, 30_000, 'the pooler answers')
  }
  return {
    name: 'a pooler hands out four connections by transaction, and is started again',
    prepare: async (place) => {
      port = await unusedPort()
      await start(place)
      return { port }
    },
    make: () => end(),
    told: /database_unavailable/,
    answers: false,
    undo: (place) => start(place),
  }
}

async function takeAllConnections(place: Place): Promise<void> {
  await place.sql('create role crowd login')
  const taken: pg.Client[] = []
  place.after(() => Promise.all(taken.map((client) => client.end())))
  for (let refused = 0; refused < 10; ) {
    const client = new pg.Client({ connectionString: urlOf(place.postgres, 'postgres', 'crowd') })
    client.on('error', () => {})
    try {
      await client.connect()
      taken.push(client)
      refused = 0
    } catch {
      refused++
      await place.cutOff().catch(() => {})
    }
  }
}

/** Creates a standby of Postgres in a folder of its own. */
function copyAsStandby(place: Place): string {
  const { data, scratch, postgres } = place
  const standby = join(scratch, 'standby')
  const { uid, gid } = statSync(data)
  const from = ['--host=127.0.0.1', `--port=${postgres.port}`, '--username=postgres', '--checkpoint=fast']
  execFileSync(join(postgres.bin, 'pg_basebackup'), ['--pgdata', standby, ...from], {
    stdio: 'pipe',
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
  })
  writeFileSync(join(standby, 'standby.signal'), '')
  giveToPostgres(place, join(standby, 'standby.signal'))
  return standby
}
