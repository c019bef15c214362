import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from '../../../service/config.ts'
import { checkRestore } from '../../../service/modes/check-restore.ts'
import { fetchBackup } from '../../../service/modes/fetch-backup.ts'
import type { Setup } from '../../../service/modes/setup.ts'
import { storeBackup } from '../../../service/modes/store-backup.ts'
import { openEmbedded } from '../../../service/store/embedded.ts'
import { makeDataFolder } from '../../fakes/embedded-database.ts'
import { SILENT } from '../store/each-engine.ts'

const DUMP = 'what pg_dump wrote'
const at = (day: number) => `codebase-mcp-2026-11-${day}-020000`

let root: string
let exchanged: string
let kept: string
const printed: string[] = []

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'codebase-backups-'))
  await makeDataFolder(join(root, 'data'))
})
afterAll(() => rmSync(root, { recursive: true }))
beforeEach(() => {
  printed.length = 0
  ;[exchanged, kept] = [mkdtempSync(join(root, 'exchange-')), mkdtempSync(join(root, 'backups-'))]
})

const tell = (values: Record<string, string>) => {
  for (const [name, value] of Object.entries(values)) writeFileSync(join(exchanged, name), `${value}\n`)
}
const told = (name: string) => readFileSync(join(exchanged, name), 'utf8')

/** Leaves the files of the step that runs pg_dump. */
function dumped(day: number): void {
  const path = join(kept, `${at(day)}.dump.partial`)
  writeFileSync(path, DUMP)
  tell({ name: at(day), path, rows: 'chunk\t40\nfile\t8', started: String(Date.now() / 1000 - 90) })
}

function setup(environment: Record<string, string> = {}): Setup {
  const own = { DATA_FOLDER: join(root, 'data'), BACKUP_FOLDER: kept, BACKUP_KEEP: '2', ...environment }
  const print = (line: string) => void printed.push(line)
  const terminal = { print, note: print }
  const person = { startedFrom: root, anyPort: false, isByNpmRun: false, command: (mode: string) => mode }
  return {
    config: readConfig(own),
    settingFaults: [],
    log: SILENT,
    terminal,
    absolute: (paths) => [...paths],
    ...person,
  }
}

async function recorded(kind: string) {
  const database = await openEmbedded(join(root, 'data'), SILENT)
  const [row] = await database.query<Record<string, unknown>>(
    `select name, bytes, fault, extract(epoch from finished_at - started_at)::int as seconds
     from backup_run where kind = $1 order by id desc limit 1`,
    [kind],
  )
  await database.close()
  return row
}

describe('store-backup', () => {
  test('stores a dump with its description, deletes the oldest, and records it', async () => {
    for (const day of [18, 19]) writeFileSync(join(kept, `${at(day)}.dump`), DUMP)
    writeFileSync(join(kept, `${at(18)}.json`), '{}')
    dumped(20)
    expect(await storeBackup(setup(), exchanged)).toBe(0)
    expect(readdirSync(kept).toSorted()).toEqual([`${at(19)}.dump`, `${at(20)}.dump`, `${at(20)}.json`])
    expect(JSON.parse(readFileSync(join(kept, `${at(20)}.json`), 'utf8'))).toMatchObject({
      name: at(20),
      bytes: DUMP.length,
      sha256: createHash('sha256').update(DUMP).digest('hex'),
      rows: { chunk: 40, file: 8 },
    })
    expect(printed).toEqual([`kept ${at(20)} in ${kept}: 0.0 MiB`, `deleted ${at(18)}`])
    const { seconds, ...run } = (await recorded('backup')) ?? {}
    expect(run).toEqual({ name: at(20), bytes: DUMP.length, fault: null })
    expect(seconds).toBeGreaterThanOrEqual(89)
  })

  test('records a failed dump, and deletes nothing', async () => {
    for (const day of [16, 17, 18, 19]) writeFileSync(join(kept, `${at(day)}.dump`), DUMP)
    tell({ fault: 'pg_dump: error: the server is gone' })
    await expect(storeBackup(setup(), exchanged)).rejects.toMatchObject({ code: 'backup_failed' })
    expect(readdirSync(kept)).toHaveLength(4)
    expect(await recorded('backup')).toMatchObject({
      name: null,
      fault: 'The database was not dumped: pg_dump: error: the server is gone',
    })
  })

  test('treats a step that reported nothing as failed', async () => {
    await expect(storeBackup(setup(), exchanged)).rejects.toMatchObject({
      message: expect.stringContaining('the previous step reported nothing'),
    })
  })

  test('records that the storage is unavailable', async () => {
    dumped(20)
    rmSync(kept, { recursive: true })
    const elsewhere = join(root, 'dump')
    writeFileSync(elsewhere, DUMP)
    tell({ path: elsewhere })
    await expect(storeBackup(setup(), exchanged)).rejects.toMatchObject({ code: 'backup_storage_failed' })
    expect((await recorded('backup'))?.fault).toMatch(/cannot be used \(ENOENT\)/)
  })
})

describe('fetch-backup', () => {
  const keep = async (...days: readonly number[]) => {
    for (const day of days) {
      dumped(day)
      await storeBackup(setup({ BACKUP_KEEP: '9' }), exchanged)
      rmSync(exchanged, { recursive: true })
      mkdirSync(exchanged)
    }
  }

  test('reports the newest backup, or the named one', async () => {
    await keep(19, 20)
    expect(await fetchBackup(setup(), exchanged, { name: 'newest' })).toBe(0)
    expect([told('name'), told('path')]).toEqual([at(20), join(kept, `${at(20)}.dump`)])
    expect(await fetchBackup(setup(), exchanged, { name: at(19) })).toBe(0)
    expect(JSON.parse(told('manifest'))).toMatchObject({ name: at(19) })
    await expect(fetchBackup(setup(), exchanged, { name: 'other' })).rejects.toMatchObject({
      code: 'backup_not_found',
      remedy: `Use one of: ${at(19)}, ${at(20)}`,
    })
  })

  test.each([
    ['is shorter', DUMP.slice(1), /has 17 bytes and had 18/],
    ['has other bytes', DUMP.toUpperCase(), /its checksum differs/],
  ])('refuses a dump that %s, and records it if it is for a test', async (_, content, fault) => {
    await keep(20)
    writeFileSync(join(kept, `${at(20)}.dump`), content)
    await expect(fetchBackup(setup(), exchanged, { name: 'newest' })).rejects.toMatchObject({ code: 'backup_damaged' })
    const before = await recorded('restore_test')
    expect(String(before?.fault)).not.toMatch(fault)
    await expect(fetchBackup(setup(), exchanged, { name: 'newest', test: true })).rejects.toThrow(fault)
    expect((await recorded('restore_test'))?.fault).toMatch(fault)
    expect(existsSync(join(exchanged, 'path'))).toBe(false)
  })

  test('reports that there is none', async () => {
    await expect(fetchBackup(setup(), exchanged, { name: 'newest' })).rejects.toMatchObject({
      message: `There is no backup in ${kept}`,
    })
  })
})

describe('check-restore', () => {
  const MANIFEST = { name: at(20), createdAt: '2026-11-20T02:00:00Z', bytes: 18, sha256: 'a'.repeat(64), rows: {} }

  test('records that pg_restore failed', async () => {
    tell({ manifest: JSON.stringify(MANIFEST), started: '1', fault: 'pg_restore: error: unexpected end of file' })
    expect(await checkRestore(setup(), exchanged)).toBe(1)
    const fault = 'pg_restore failed: pg_restore: error: unexpected end of file'
    expect(printed).toEqual([`${at(20)} does not restore:`, `  ${fault}`])
    expect(await recorded('restore_test')).toMatchObject({ name: at(20), bytes: 18, fault })
  })

  test('records that the restored database does not answer', async () => {
    tell({ manifest: JSON.stringify(MANIFEST), started: '1' })
    const restored = { RESTORED_DATABASE_URL: 'postgres://postgres@127.0.0.1:1/codebase' }
    expect(await checkRestore(setup(restored), exchanged)).toBe(1)
    expect((await recorded('restore_test'))?.fault).toMatch(/127\.0\.0\.1:1/)
  })

  test('needs a backup that was fetched', async () => {
    await expect(checkRestore(setup(), exchanged)).rejects.toMatchObject({ code: 'backup_not_found' })
  })
})
