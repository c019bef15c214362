import { crashDatabase, disturbMigrations, exhaustPool } from './database-faults.ts'
import { fillEmbedded, fillPostgres, makeSmallDisk } from './full-disk.ts'
import { breakNetwork, NETWORK_FAULTS } from './network-faults.ts'
import { type Context, type Counts, defineRow, type Form, LeftOut } from './row.ts'
import { loseWorker, WORKER_FAULTS } from './worker-faults.ts'

const CRASHES: Record<Form, number> = { full: 100, short: 4 }
const ROUNDS: Record<Form, number> = { full: 20, short: 1 }
const HELD_CALLS: Record<Form, number> = { full: 500, short: 24 }
const FILLED: Record<Form, number> = { full: 5, short: 1 }
const KILLED_MIGRATIONS: Record<Form, number> = { full: 30, short: 2 }
const DISK_MIB = { embedded: 192, postgres: 96 }

const startedBy = (context: Context) => (options: Parameters<Context['server']>[0]) => context.server(options)

/** Adds up what is counted, and keeps the worst of what is measured in milliseconds. */
function together(counted: readonly Counts[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const counts of counted) {
    for (const [name, value] of Object.entries(counts)) {
      const known = sum[name] ?? 0
      sum[name] = name.endsWith('Ms') ? Math.max(known, value) : known + value
    }
  }
  return sum
}

/** F2: the database crashes. */
export const crashes = defineRow({
  row: 'F2',
  about: 'Postgres is killed, stopped at once, loses one backend or all connections, 100 times under load',
  goal: '0 exits, searches are answered again within 5 s, 0 acknowledged writes lost, every call answered within 5 s',
  needsPostgres: true,
  run: async (context, form) =>
    crashDatabase({
      postgres: await context.postgres(),
      startService: startedBy(context),
      folder: context.folder(),
      crashes: CRASHES[form],
    }),
  holds: ({ exits, lost, acknowledged, worstRecoveryMs, worstAnswerMs }, form) =>
    exits + lost === 0 && acknowledged > 0 && (form === 'short' || (worstRecoveryMs <= 5000 && worstAnswerMs <= 5500)),
})

/** F3: the network to the database misbehaves. */
export const networks = defineRow({
  row: 'F3',
  about:
    'The network to Postgres swallows everything, delays each packet by 300 ms, resets connections, or is half open',
  goal: 'every call ends within 5 s, health within 100 ms, 0 exits',
  needsPostgres: true,
  run: async (context, form) => {
    const counted: Counts[] = []
    for (const fault of NETWORK_FAULTS) {
      counted.push(
        await breakNetwork({
          postgres: await context.postgres({ fsync: 'off' }),
          startService: startedBy(context),
          folder: context.folder(),
          fault,
          rounds: ROUNDS[form],
        }),
      )
    }
    return together(counted)
  },
  holds: ({ calls = 0, exits, worstMs = 0, worstHealthMs = 0 }, form) =>
    calls > 0 && exits === 0 && (form === 'short' ? worstMs <= 7000 : worstMs <= 5500 && worstHealthMs <= 100),
})

/** F4: no connection is free. */
export const fullPool = defineRow({
  row: 'F4',
  about: 'All connections for questions wait for a lock, and others ask',
  goal: 'told within 500 ms as retryable, health within 100 ms',
  needsPostgres: true,
  run: async (context, form) =>
    exhaustPool({
      postgres: await context.postgres({ fsync: 'off' }),
      startService: startedBy(context),
      folder: context.folder(),
      calls: HELD_CALLS[form],
    }),
  holds: ({ calls, retryable, worstMs, worstHealthMs }, form) =>
    calls > 0 && retryable === calls && (form === 'short' || (worstMs <= 700 && worstHealthMs <= 100)),
})

/** F6: the disk is full. */
export const fullDisks = defineRow({
  row: 'F6',
  about: 'The disk below the embedded database, and below a database of Postgres, is full while a folder is indexed',
  goal: 'not ready meanwhile and told why, nothing lost, goes on by itself within 30 s, 0 exits',
  needsPostgres: true,
  run: async (context, form) => {
    const diskOf = (mebibytes: number) => {
      const disk = makeSmallDisk(mebibytes)
      if (disk === undefined) throw new LeftOut('This user may not mount a small file system')
      context.after(() => disk.remove())
      return disk
    }
    const given = { startService: startedBy(context), rounds: FILLED[form] }
    const embedded = await fillEmbedded({ ...given, disk: diskOf(DISK_MIB.embedded), folder: context.folder() })
    const postgres = await fillPostgres({
      ...given,
      postgres: await context.postgres(),
      disk: diskOf(DISK_MIB.postgres),
      folder: context.folder(),
    })
    return together([embedded, postgres])
  },
  holds: ({ rounds, exits, untold, lost, resumedMs = 0 }, form) =>
    rounds === 2 * FILLED[form] && exits === 0 && untold === 0 && lost === 0 && resumedMs <= 30_000,
})

/** F8: migrations that meet each other, or are killed. */
export const migrations = defineRow({
  row: 'F8',
  about: 'Five migrate an empty database at once; others are killed in a migration, and the next one goes on',
  goal: 'applied once, and the schema is the same as that of an undisturbed migration',
  needsPostgres: true,
  run: async (context, form) =>
    disturbMigrations({ postgres: await context.postgres({ fsync: 'off' }), kills: KILLED_MIGRATIONS[form] }),
  holds: ({ atOnce, failed, different }) => atOnce === 5 && failed + different === 0,
})

/** F10: a worker goes. */
export const workers = defineRow({
  row: 'F10',
  about: 'A worker that writes is stopped by SIGSTOP, killed, or cut off from its database, and comes back',
  goal: 'another takes its job over within 60 s; it writes nothing afterwards; 0 files twice, 0 leftovers',
  needsPostgres: true,
  run: async (context, form) => {
    const counted: Counts[] = []
    for (const fault of form === 'short' ? (['killed'] as const) : WORKER_FAULTS) {
      counted.push(
        await loseWorker({
          postgres: await context.postgres({ fsync: 'off' }),
          startService: startedBy(context),
          folder: context.folder(),
          fault,
          files: 400,
        }),
      )
    }
    return together(counted)
  },
  holds: ({ files, visible, duplicates, leftovers, writtenAfterwards, exits, takeOverMs = 0 }) =>
    files === visible &&
    duplicates === 0 &&
    leftovers === 0 &&
    writtenAfterwards === 0 &&
    exits === 0 &&
    takeOverMs <= 60_000,
})
