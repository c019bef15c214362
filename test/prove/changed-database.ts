import { randomUUID } from 'node:crypto'
import { chmodSync, lchownSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, isIndexed, msUntil, search, writeCode } from './calls.ts'
import { once, type Postgres } from './postgres.ts'
import type { Context } from './row.ts'

const NOTICED_MS = 30_000
const READY_MS = 90_000
/** Of the service's role, until somebody changes it. */
export const PASSWORD = 'first'

/** Where a change is made. */
export interface Place {
  readonly postgres: Postgres
  /** Of the service's database, and of its role. */
  readonly name: string
  /** The folder of Postgres' data. */
  readonly data: string
  /** An empty one, which everybody may write to. */
  readonly scratch: string
  /** A statement of a superuser, in the service's database unless another is named. */
  sql(text: string, database?: string): Promise<unknown>
  /** Ends the connections of the service, so that it has to make new ones. */
  cutOff(): Promise<void>
  /** Has the service index a folder, and returns once it has. */
  index(folder: string): Promise<void>
  /** What the service finds for a word: the path of the first result. */
  finds(word: string): Promise<string | undefined>
  after(close: () => unknown): void
}

/** What somebody does to a Postgres while a service works with it. */
export interface Change {
  readonly name: string
  /** Of a Postgres of its own; without them it shares one with others. */
  readonly settings?: Readonly<Record<string, string>>
  /** Before the service starts; may give the port by which that reaches Postgres. */
  prepare?(place: Place): Promise<number | undefined>
  make(place: Place): Promise<void>
  /** What /readyz or /health says meanwhile; absent where there is nothing to notice. */
  readonly told?: RegExp
  /** Whether questions are answered meanwhile; else they are refused as retryable. */
  readonly answers: boolean
  undo(place: Place): Promise<void>
}

interface Outcome {
  readonly resumedMs: number
  /** What was not as it should be, in words. */
  readonly wrong: readonly string[]
  readonly exits: number
}

/** Makes a change under a service that works, and undoes it; the service is asked before, meanwhile and afterwards. */
export async function changeDatabase(
  context: Context,
  change: Change,
  shared: () => Promise<Postgres>,
): Promise<Outcome> {
  const postgres =
    change.settings === undefined ? await shared() : await context.postgres({ fsync: 'off', ...change.settings })
  let url = ''
  const place = await placeIn(context, postgres, () => url)
  const port = (await change.prepare?.(place)) ?? postgres.port
  const folder = writeCode(join(place.scratch, 'code'), 20)
  const service = await context.server({
    folders: [folder],
    settings: {
      DATABASE_URL: `postgres://${place.name}:${PASSWORD}@127.0.0.1:${port}/${place.name}`,
      REPOSITORY_ROOTS: place.scratch,
    },
  })
  url = service.url
  await msUntil(() => isIndexed(url, 'code'), READY_MS, 'the folder is indexed')
  await search(url)
  const wrong: string[] = []
  await change.make(place)
  await askMeanwhile(url, change, wrong)
  writeFunction(folder, 'meanwhile.ts', 'writtenMeanwhile')
  await change.undo(place)
  const resumedMs = await msUntil(
    async () => (await place.finds('writtenMeanwhile')) === 'meanwhile.ts',
    READY_MS,
    `${change.name}: what was written meanwhile is found`,
  )
  await place.index(writeFunction(writeCode(join(place.scratch, 'afterwards'), 2), 'another.ts', 'writtenAfterwards'))
  if ((await place.finds('writtenAfterwards')) !== 'another.ts') wrong.push('what is added afterwards is not found')
  // Health is what was read last, some seconds ago.
  await msUntil(async () => (await call(`${url}/readyz`)).status === 200, READY_MS, `${change.name}: it is ready again`)
  wrong.push(...internalErrors(service.log()))
  const exits = service.lives() ? 0 : 1
  await service.stop('SIGKILL')
  return { resumedMs, wrong, exits }
}

async function placeIn(context: Context, postgres: Postgres, url: () => string): Promise<Place> {
  const name = `changed_${randomUUID().slice(0, 8)}`
  const scratch = context.folder()
  chmodSync(scratch, 0o777)
  const sql = (text: string, database = name) => once(urlOf(postgres, database), text)
  await sql(`create role ${name} login password '${PASSWORD}'`, 'postgres')
  await sql(`create database ${name} owner ${name}`, 'postgres')
  await sql('create extension vector')
  const [found] = await once<{ data: string }>(
    urlOf(postgres, 'postgres'),
    `select current_setting('data_directory') as data`,
  )
  const data = found?.data ?? ''
  letIn(data, 'host')
  await sql('select pg_reload_conf()')
  return {
    postgres,
    name,
    data,
    scratch,
    sql,
    cutOff: async () => {
      const text = `select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '${name}'`
      await sql(text, 'postgres')
    },
    index: async (folder) => {
      const add = async () => (await call(`${url()}/v1/repositories`, { path: folder })).status === 202
      await msUntil(add, READY_MS, `${folder} is added`)
      await msUntil(() => isIndexed(url(), folder.slice(folder.lastIndexOf('/') + 1)), READY_MS, `${folder} is indexed`)
    },
    finds: async (word) => {
      const { status, body } = await call(`${url()}/v1/search`, { query: word })
      return status === 200 ? (JSON.parse(body) as { results: { path: string }[] }).results[0]?.path : undefined
    },
    after: (close) => context.after(close),
  }
}

async function askMeanwhile(url: string, { told, answers, name }: Change, wrong: string[]): Promise<void> {
  let last = ''
  const isTold = async () => {
    const replies = await Promise.all(['/readyz', '/health'].map((path) => call(url + path)))
    last = replies.map(({ body }) => body).join('\n')
    return told?.test(last) !== false
  }
  await msUntil(isTold, NOTICED_MS, name).catch(() => wrong.push(`it is not told; instead:\n${last}`))
  const { status, body } = await search(url)
  if (status !== (answers ? 200 : 503)) wrong.push(`a question meanwhile gets ${status}: ${body}`)
}

/** A superuser's, who needs no password. */
export function urlOf({ port }: Pick<Postgres, 'port'>, database: string, role = 'postgres'): string {
  return `postgres://${role}@127.0.0.1:${port}/${database}`
}

/** Lets roles in by connections of a type: the superuser and the crowd without a password, others with theirs. */
export function letIn(data: string, type: 'host' | 'hostssl'): void {
  const trusted = ['all postgres', 'all crowd', 'replication postgres'].map((who) => `host ${who} 127.0.0.1/32 trust`)
  writeFileSync(join(data, 'pg_hba.conf'), [...trusted, `${type} all all 127.0.0.1/32 scram-sha-256`, ''].join('\n'))
}

/** Gives files to whom Postgres runs as. */
export function giveToPostgres({ data }: Pick<Place, 'data'>, path: string): void {
  const { uid, gid } = statSync(data)
  const inside = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : []
  for (const each of [path, ...inside.map((name) => join(path, name))]) lchownSync(each, uid, gid)
}

function writeFunction(folder: string, path: string, name: string): string {
  writeFileSync(join(folder, path), `export function ${name}(): number {\n  return 7\n}\n`)
  return folder
}

function internalErrors(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => /"level":"(?:error|fatal)"|"code":"internal"/.test(line))
    .map((line) => line.slice(0, 500))
}
