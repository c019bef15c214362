import { randomUUID } from 'node:crypto'
import { chmodSync, lchownSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, isIndexed, msUntil, search, writeCode } from './calls.ts'
import { once, type Postgres } from './postgres.ts'
import type { Context } from './row.ts'

const NOTICED_MS = 30_000
const READY_MS = 90_000
/** Initial password of the service's role. */
export const PASSWORD = 'first'

/** The Postgres that a change applies to. */
export interface Place {
  readonly postgres: Postgres
  /** Name of the service's database and of its role. */
  readonly name: string
  /** Postgres' data folder. */
  readonly data: string
  /** An empty folder that everybody may write to. */
  readonly scratch: string
  /** Runs a statement as a superuser, by default in the service's database. */
  sql(text: string, database?: string): Promise<unknown>
  /** Ends the service's connections, so it must open new ones. */
  cutOff(): Promise<void>
  /** Makes the service index a folder and waits until it has. */
  index(folder: string): Promise<void>
  /** Returns the path of the first result for a word. */
  finds(word: string): Promise<string | undefined>
  after(close: () => unknown): void
}

/** How the service reaches Postgres, if not directly. */
interface Way {
  readonly port?: number
  /** Parameters of the URL. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** A change that somebody makes to Postgres while a service uses it. */
export interface Change {
  readonly name: string
  /** Settings of a Postgres of its own. Undefined if it can share one with other changes. */
  readonly settings?: Readonly<Record<string, string>>
  /** Prepares Postgres before the service starts. */
  prepare?(place: Place): Promise<Way>
  make(place: Place): Promise<void>
  /** What /readyz or /health reports during the change. Undefined if there is nothing to notice. */
  readonly told?: RegExp
  /** Whether questions are answered during the change. Otherwise they are refused as retryable. */
  readonly answers: boolean
  undo(place: Place): Promise<void>
}

interface Outcome {
  readonly resumedMs: number
  /** Deviations from the expected behaviour. */
  readonly wrong: readonly string[]
  readonly exits: number
}

/** Makes a change while a service runs, and undoes it. Asks the service before, during and after the change. */
export async function changeDatabase(
  context: Context,
  change: Change,
  shared: () => Promise<Postgres>,
): Promise<Outcome> {
  const postgres =
    change.settings === undefined ? await shared() : await context.postgres({ fsync: 'off', ...change.settings })
  let url = ''
  const place = await placeIn(context, postgres, () => url)
  const { port = postgres.port, parameters = {} } = (await change.prepare?.(place)) ?? {}
  const folder = writeCode(join(place.scratch, 'code'), 20)
  const service = await context.server({
    folders: [folder],
    settings: {
      DATABASE_URL: `postgres://${place.name}:${PASSWORD}@127.0.0.1:${port}/${place.name}?${new URLSearchParams(parameters).toString()}`,
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
  // Health reports the last reading, which is some seconds old.
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

/** Returns the URL of a database, by default for the superuser, who needs no password. */
export function urlOf({ port }: Pick<Postgres, 'port'>, database: string, role = 'postgres'): string {
  return `postgres://${role}@127.0.0.1:${port}/${database}`
}

/**
 * Writes pg_hba.conf: the superuser and the role `crowd` need no password, other roles need this type of connection and
 * a password, or are rejected.
 */
export function letIn(
  data: string,
  type: 'host' | 'hostssl',
  method: 'scram-sha-256' | 'reject' = 'scram-sha-256',
): void {
  const trusted = ['all postgres', 'all crowd', 'replication postgres'].map((who) => `host ${who} 127.0.0.1/32 trust`)
  writeFileSync(join(data, 'pg_hba.conf'), [...trusted, `${type} all all 127.0.0.1/32 ${method}`, ''].join('\n'))
}

/** Changes the owner of files to the user that runs Postgres. */
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
