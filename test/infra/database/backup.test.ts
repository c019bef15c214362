import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backup } from '../../../infra/cli/commands/backup.ts'
import { lackingTables, readArchive } from '../../../infra/database/archive.ts'
import { backupName, checkBackupFile } from '../../../infra/database/backup-file.ts'
import type { Pipes } from '../../../infra/processes.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { drained, fakeTools, NOW } from '../cli/fake-tools.ts'

const folder = temporaryFolders()

/** Fakes pg_dump and pg_restore, and records what pg_restore reads. */
function postgres({ dump = 'PGDMP and rows', dumpEnds = 0, checkEnds = 0, version = '170006' } = {}) {
  const read: string[] = []
  const programs = async ([program]: readonly string[], { input, output }: Pipes) => {
    if (program === 'psql') return { output: `${version}\n` }
    if (program === 'pg_dump') {
      output?.write(dump)
      return { exitCode: dumpEnds, errors: dumpEnds === 0 ? '' : 'pg_dump: error: no such table' }
    }
    read.push(await drained(input))
    return { exitCode: checkEnds, errors: 'pg_restore: error: end of file' }
  }
  return { programs, read }
}

describe('a backup', () => {
  test('is in the file after it was written and read back', async () => {
    const { programs, read } = postgres()
    const path = join(folder(), 'index.dump')
    const { tools, printed, done } = fakeTools({ programs }, path)
    expect(await backup(tools, {})).toBe(0)
    expect(readFileSync(path, 'utf8')).toBe('PGDMP and rows')
    expect(read).toEqual(['PGDMP and rows'])
    expect(printed).toEqual([`${path}: 14 B in 0.0 s, written and read back`])
    expect(done[1]).toBe(
      'codebase-mcp-postgres: pg_dump --format=custom --compress=zstd:1 --username=postgres codebase',
    )
  })

  test('of a Postgres that supports no other compression uses gzip', async () => {
    const { tools, done } = fakeTools({ programs: postgres({ version: '150004' }).programs }, join(folder(), 'x'))
    await backup(tools, {})
    expect(done[1]).not.toContain('--compress')
  })

  test('gets a unique name in a folder', async () => {
    const path = folder()
    await backup(fakeTools({ programs: postgres().programs }, path).tools, {})
    expect(readdirSync(path)).toEqual(['codebase-mcp-2026-11-21-120000.dump'])
    expect(backupName('dev', NOW)).toBe('dev-2026-11-21-120000.dump')
  })

  test('replaces a file only if told to', async () => {
    const path = join(folder(), 'index.dump')
    writeFileSync(path, 'earlier')
    const { tools } = fakeTools({ programs: postgres().programs }, path)
    await expect(backup(tools, {})).rejects.toThrow(`${path} already exists: add --force to replace it`)
    expect(readFileSync(path, 'utf8')).toBe('earlier')
    await backup(tools, { force: true })
    expect(readFileSync(path, 'utf8')).toBe('PGDMP and rows')
  })

  test.each([
    [{ dumpEnds: 1 }, 'The database was not dumped: pg_dump: error: no such table'],
    [{ checkEnds: 1 }, 'The backup was written but cannot be read back: pg_restore: error: end of file'],
  ])('that fails (%j) leaves the earlier file and nothing else', async (how, message) => {
    const place = folder()
    const path = join(place, 'index.dump')
    writeFileSync(path, 'earlier')
    const { tools } = fakeTools({ programs: postgres(how).programs }, path)
    await expect(backup(tools, { force: true })).rejects.toThrow(message)
    expect(readdirSync(place)).toEqual(['index.dump'])
    expect(readFileSync(path, 'utf8')).toBe('earlier')
  })

  test('that is interrupted leaves nothing', async () => {
    const place = folder()
    const programs = ([program]: readonly string[]) => {
      if (program === 'pg_dump') fake.interrupt()
      return {}
    }
    const fake = fakeTools({ programs }, join(place, 'x'))
    await expect(backup(fake.tools, {})).rejects.toThrow('Interrupted: no backup was written')
    expect(readdirSync(place)).toEqual([])
  })

  test('needs an existing, writable folder', async () => {
    const to = (path: string) => fakeTools({ programs: postgres().programs }, path).tools
    await expect(backup(to('/no/such/x.dump'), {})).rejects.toThrow('There is no folder /no/such: create it')
    await expect(backup(to('/proc/x.dump'), {})).rejects.toThrow('/proc/x.dump cannot be written')
    expect(existsSync('/proc/x.dump')).toBe(false)
  })
})

describe('a file', () => {
  const fileWith = (text: string) => {
    const path = join(folder(), 'x.dump')
    writeFileSync(path, text)
    return path
  }

  test('that pg_dump wrote can be a backup', async () => {
    expect(await checkBackupFile(fileWith('PGDMP…'))).toEqual({ bytes: 8 })
  })

  test.each(['', 'PGDM', 'CREATE TABLE x', '\u001f\u008b'])('that begins with %j is not a backup', async (text) => {
    await expect(checkBackupFile(fileWith(text))).rejects.toThrow('is not a backup')
  })

  test('that is missing or a folder is reported as such', async () => {
    await expect(checkBackupFile('/no/such')).rejects.toThrow('There is no file /no/such')
    await expect(checkBackupFile('/tmp')).rejects.toThrow('/tmp is not a file')
  })
})

test('the list of an archive shows when it was created, its source, and its tables', () => {
  const list = `;
; Archive created at 2026-11-21 12:39:26 UTC
;     dbname: codebase
;     Dumped from database version: 17.11 (Debian 17.11-1)
;
217; 1259 16540 TABLE public chunk codebase_migrator
3512; 0 16540 TABLE DATA public chunk codebase_migrator
3513; 0 16541 TABLE DATA public migration codebase_migrator
`
  const archive = readArchive(list)
  expect(archive).toEqual({ made: '2026-11-21 12:39:26 UTC', postgres: '17.11', tables: ['chunk', 'migration'] })
  expect(lackingTables(archive)).toEqual(['repository', 'file', 'content', 'segment', 'posting_block', 'embedding'])
})
