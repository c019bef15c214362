import { changeDatabase } from './changed-database.ts'
import { databaseChanges, IN_SHORT } from './database-changes.ts'
import { crashDatabase, disturbMigrations, exhaustPool } from './database-faults.ts'
import { fillEmbedded, fillPostgres, makeSmallDisk } from './full-disk.ts'
import { breakNetwork, NETWORK_FAULTS } from './network-faults.ts'
import type { Postgres } from './postgres.ts'
import { type Context, defineRow, type Form, LeftOut } from './row.ts'
import type { ServerOptions } from './server.ts'
import { loseWorker, WORKER_FAULTS } from './worker-faults.ts'

const FULL_POOL_MS = 500
const HEALTH_MS = 100
/** Limit of a call while the machine is busy with other rows. */
const CROWDED_CALL_MS = 10_000
const DISK_MIB = 200
const FILES = 300

/** Returns the parts of a context that database faults need. */
const parts = (context: Context) => ({
  startService: (options: ServerOptions) => context.server(options),
  folder: context.folder(),
})
const isFull = (form: Form) => form === 'full'
const most = (values: readonly number[]) => Math.max(...values)
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** F2: a database that crashes. */
export const crashes = defineRow({
  row: 'F2',
  about: 'the database crashes 100 times under load: its processes are killed, its connections ended',
  goal: 'the server never exits, answers again within 5 s, 0 acknowledged writes lost',
  needsPostgres: true,
  run: async (context, form) =>
    crashDatabase({ ...parts(context), postgres: await context.postgres(), crashes: isFull(form) ? 100 : 3 }),
  holds: ({ crashes, exits, lost, acknowledged, worstRecoveryMs }, form) =>
    crashes > 0 && acknowledged > 0 && exits + lost === 0 && (!isFull(form) || worstRecoveryMs <= 5000),
})

/** F3: a network that fails between the service and its database. */
export const networks = defineRow({
  row: 'F3',
  about: 'the network to the database is a black hole, slow, reset, half open, while every kind of call is made',
  goal: 'every call ends within 5 s, health within 100 ms, 0 exits',
  needsPostgres: true,
  mostlyWaits: true,
  run: async (context, form) => {
    const postgres = await context.postgres({ fsync: 'off' })
    const each: Awaited<ReturnType<typeof breakNetwork>>[] = []
    for (const fault of NETWORK_FAULTS) {
      each.push(await breakNetwork({ ...parts(context), postgres, fault, rounds: isFull(form) ? 20 : 2 }))
    }
    return {
      networks: each.length,
      calls: sum(each.map(({ calls }) => calls)),
      late: sum(each.map(({ late }) => late)),
      worstMs: most(each.map(({ worstMs }) => worstMs)),
      worstHealthMs: most(each.map(({ worstHealthMs }) => worstHealthMs)),
      worstRecoveryMs: most(each.map(({ recoveryMs }) => recoveryMs)),
      exits: sum(each.map(({ exits }) => exits)),
    }
  },
  holds: ({ calls, late, exits, worstMs, worstHealthMs }, form) =>
    calls > 0 && exits === 0 && (isFull(form) ? late === 0 && worstHealthMs <= HEALTH_MS : worstMs <= CROWDED_CALL_MS),
})

/** F4: a connection pool without a free connection. */
export const pool = defineRow({
  row: 'F4',
  about: 'all connections for questions are in use while other clients ask',
  goal: 'refused as retryable within 500 ms, health within 100 ms',
  needsPostgres: true,
  run: async (context, form) =>
    exhaustPool({
      ...parts(context),
      postgres: await context.postgres({ fsync: 'off' }),
      calls: isFull(form) ? 500 : 24,
    }),
  holds: ({ calls, retryable, worstMs, worstHealthMs }, form) =>
    calls > 0 && retryable === calls && (!isFull(form) || (worstMs <= FULL_POOL_MS && worstHealthMs <= HEALTH_MS)),
})

/** F6: a full disk. */
export const fullDisk = defineRow({
  row: 'F6',
  about: 'the disk fills up during an index run: that of the embedded database and its WAL, or that of Postgres’ data',
  goal: 'nothing committed is lost; not ready meanwhile, with the reason; recovers without intervention within 30 s; 0 exits',
  needsPostgres: true,
  mostlyWaits: true,
  run: async (context, form) => {
    const smallDisk = () => {
      const disk = makeSmallDisk(DISK_MIB)
      if (disk === undefined) throw new LeftOut('only root may mount a small file system')
      context.after(() => disk.remove())
      return disk
    }
    const rounds = isFull(form) ? 10 : 1
    const embedded = await fillEmbedded({ ...parts(context), rounds, disk: smallDisk() })
    const server = await context.postgres()
    const postgres = await fillPostgres({ ...parts(context), rounds, disk: smallDisk(), postgres: server })
    const both = [embedded, postgres]
    return {
      rounds: sum(both.map(({ rounds }) => rounds)),
      exits: sum(both.map(({ exits }) => exits)),
      lost: sum(both.map(({ lost }) => lost)),
      untold: sum(both.map(({ untold }) => untold)),
      noticedMs: most(both.map(({ noticedMs }) => noticedMs)),
      resumedMs: most(both.map(({ resumedMs }) => resumedMs)),
    }
  },
  holds: ({ rounds, exits, lost, untold, resumedMs }, form) =>
    rounds > 0 && exits + lost + untold === 0 && (!isFull(form) || resumedMs <= 30_000),
})

/** F8: interrupted migrations. */
export const migrations = defineRow({
  row: 'F8',
  about: 'five processes migrate at once; 20 are killed (SIGKILL) in the middle of a migration',
  goal: 'each migration is applied once, the next process continues, and the schema equals that of an undisturbed migration',
  needsPostgres: true,
  run: async (context, form) =>
    disturbMigrations({ postgres: await context.postgres({ fsync: 'off' }), kills: isFull(form) ? 20 : 2 }),
  holds: ({ atOnce, failed, killed, different }) => atOnce > 1 && killed > 0 && failed + different === 0,
})

/** F11: changes that people make to a Postgres. */
export const changes = defineRow({
  row: 'F11',
  about:
    'somebody changes the Postgres that a server uses: its password, name, extension, connections, encryption, time zone, role settings; older data, a standby, a full WAL disk, a pooler',
  goal: 'reported with a remedy, 0 wrong answers, 0 exits; what was written meanwhile is found within 30 s of the end',
  needsPostgres: true,
  mostlyWaits: true,
  run: async (context, form) => {
    let postgres: Promise<Postgres> | undefined
    const shared = () => (postgres ??= context.postgres({ fsync: 'off' }))
    const all = databaseChanges((close) => context.after(close))
    const wanted = isFull(form) ? all : all.filter(({ name }) => IN_SHORT.includes(name))
    const counted = { changes: wanted.length, wrong: 0, exits: 0, slowestMs: 0 }
    for (const change of wanted) {
      const { wrong, exits, resumedMs } = await changeDatabase(context, change, shared).catch((error: Error) => ({
        wrong: [error.message],
        exits: 0,
        resumedMs: 0,
      }))
      for (const what of wrong) process.stderr.write(`    ${change.name}: ${what}\n`)
      counted.wrong += wrong.length
      counted.exits += exits
      counted.slowestMs = Math.max(counted.slowestMs, resumedMs)
    }
    return counted
  },
  holds: ({ changes, wrong, exits, slowestMs }, form) =>
    changes > 0 && wrong + exits === 0 && (!isFull(form) || slowestMs <= 30_000),
})

/** F10: workers that disappear. */
export const workers = defineRow({
  row: 'F10',
  about:
    'a worker is frozen (SIGSTOP), killed (SIGKILL) or cut off from the database in the middle of a transaction, and comes back after another has taken its job',
  goal: 'another takes over within 60 s, and the first writes nothing afterwards',
  needsPostgres: true,
  mostlyWaits: true,
  run: async (context, form) => {
    const postgres = await context.postgres({ fsync: 'off' })
    const each: Awaited<ReturnType<typeof loseWorker>>[] = []
    for (const fault of isFull(form) ? WORKER_FAULTS : WORKER_FAULTS.slice(0, 1)) {
      each.push(await loseWorker({ ...parts(context), postgres, fault, files: FILES }))
    }
    return {
      workers: each.length,
      takeOverMs: most(each.map(({ takeOverMs }) => takeOverMs)),
      missingFiles: sum(each.map(({ files, visible }) => files - visible)),
      duplicates: sum(each.map(({ duplicates }) => duplicates)),
      writtenAfterwards: sum(each.map(({ writtenAfterwards }) => writtenAfterwards)),
      exits: sum(each.map(({ exits }) => exits)),
    }
  },
  holds: ({ workers, takeOverMs, missingFiles, duplicates, writtenAfterwards, exits }) =>
    workers > 0 && takeOverMs <= 60_000 && missingFiles + duplicates + writtenAfterwards + exits === 0,
})
