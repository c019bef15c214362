import { execFileSync } from 'node:child_process'
import { appendFileSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { call, isIndexed, msUntil, repositoriesOf, worstHealthMs, writeCode } from './calls.ts'
import type { Postgres } from './postgres.ts'
import type { Context } from './row.ts'

const READY_MS = 120_000
const PART = Buffer.alloc(64 * 1024)

/** A small file system of its own. */
export interface SmallDisk {
  readonly folder: string
  /** Uses up all free space. */
  fill(): void
  /** Frees the space. */
  clear(): void
  remove(): void
}

export function makeSmallDisk(mebibytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-prove-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0777`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  const filler = join(folder, 'filler')
  return {
    folder,
    fill() {
      try {
        for (;;) appendFileSync(filler, PART)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    },
    clear: () => rmSync(filler, { force: true }),
    remove() {
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true })
    },
  }
}

interface Disturbed {
  readonly startService: Context['server']
  readonly settings: Readonly<Record<string, string>>
  readonly disk: SmallDisk
  readonly folder: string
  readonly rounds: number
}

/** F6 on the embedded database, whose data and WAL are on the full disk. */
export function fillEmbedded({ disk, ...given }: Omit<Disturbed, 'settings'>) {
  const data = join(disk.folder, 'data')
  return fillDisk({ ...given, disk, settings: { DATA_FOLDER: data } })
}

/** F6 on a Postgres whose data, but not its WAL, is on the full disk. */
export async function fillPostgres({
  postgres,
  ...given
}: Omit<Disturbed, 'settings'> & { readonly postgres: Pick<Postgres, 'database' | 'pid'> }) {
  const space = join(given.disk.folder, 'space')
  mkdirSync(space)
  const owner = statSync(`/proc/${postgres.pid()}`)
  chownSync(space, owner.uid, owner.gid)
  const url = new URL(await postgres.database('postgres'))
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  await client.query(`create tablespace small location '${space}'`)
  await client.query('create database on_small_disk tablespace small')
  await client.end()
  url.pathname = '/on_small_disk'
  return fillDisk({ ...given, settings: { DATABASE_URL: url.href } })
}

async function fillDisk({ startService, settings, disk, folder, rounds }: Disturbed) {
  const code = writeCode(join(folder, 'code'), 30)
  const service = await startService({ folders: [code], settings: { ...settings, REPOSITORY_ROOTS: folder } })
  await msUntil(() => isIndexed(service.url, 'code'), READY_MS, 'the folder is indexed')
  const counted = { rounds, exits: 0, noticedMs: 0, resumedMs: 0, untold: 0, lost: 0, worstHealthMs: 0 }
  const isReady = async () => (await call(`${service.url}/readyz`)).status === 200
  const added: string[] = ['code']
  for (let round = 0; round < rounds; round++) {
    const name = `added-${round}`
    const path = writeCode(join(folder, name), 400, 20)
    const begun = await call(`${service.url}/v1/repositories`, { path })
    if (begun.status === 202) added.push(name)
    disk.fill()
    const noticed = msUntil(async () => !(await isReady()), READY_MS, 'the server is not ready')
    counted.worstHealthMs = Math.max(counted.worstHealthMs, await worstHealthMs(service.url, noticed))
    counted.noticedMs = Math.max(counted.noticedMs, await noticed)
    const { body } = await call(`${service.url}/readyz`)
    if (!body.includes('database_full')) counted.untold++
    disk.clear()
    const resumed = msUntil(
      async () => (await isReady()) && (await repositoriesOf(service.url)).every(({ fault }) => fault === undefined),
      READY_MS,
      'the server is ready again',
    )
    counted.resumedMs = Math.max(counted.resumedMs, await resumed)
    for (const each of added) await msUntil(() => isIndexed(service.url, each), READY_MS, `${each} is indexed`)
  }
  const found = await repositoriesOf(service.url)
  counted.exits = service.lives() ? 0 : 1
  counted.lost = added.filter((name) => !found.some((each) => each.name === name && each.files > 0)).length
  return counted
}
