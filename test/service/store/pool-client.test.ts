import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parsePostgresUrl } from '../../../service/postgres-url.ts'
import { poolClient } from '../../../service/store/pool-client.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'

const temporaryFolder = temporaryFolders()

test('a client reads the certificates anew, and uses the former ones while a file is away', () => {
  const file = join(temporaryFolder(), 'authority.pem')
  const connectionString = parsePostgresUrl(
    `postgres://me:secret@127.0.0.1:5432/code?sslmode=verify-full&sslrootcert=${file}`,
  )
  const warnings: unknown[] = []
  writeFileSync(file, 'one')
  const Client = poolClient(connectionString, { warn: (about: object) => void warnings.push(about) })
  const encryption = () => {
    const { ssl, host, port, user, password, database } = new Client({ connectionString })
    expect({ host, port, user, password, database }).toEqual({
      host: '127.0.0.1',
      port: 5432,
      user: 'me',
      password: 'secret',
      database: 'code',
    })
    return ssl
  }
  expect(encryption()).toEqual({ ca: 'one' })
  writeFileSync(file, 'two')
  expect(encryption()).toEqual({ ca: 'two' })
  rmSync(file)
  expect(warnings).toEqual([])
  expect(encryption()).toEqual({ ca: 'two' })
  expect(warnings).toEqual([{ reason: expect.stringContaining('ENOENT') }])
  writeFileSync(file, 'three')
  expect(encryption()).toEqual({ ca: 'three' })
})

test.each(['sslrootcert', 'sslcert', 'sslkey'])('a pool whose %s cannot be read at first is not opened', (name) => {
  const url = `postgres://127.0.0.1/code?sslmode=require&${name}=/nowhere.pem`
  expect(() => poolClient(url, { warn: () => {} })).toThrow(/cannot be read \(ENOENT.*nowhere\.pem/)
})
