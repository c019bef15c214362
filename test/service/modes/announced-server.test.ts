import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from '../../../service/config.ts'
import { announceServer, findServer } from '../../../service/modes/announced-server.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'

const makeFolder = temporaryFolders()

function folderOfServers() {
  const folder = join(makeFolder(), 'data')
  mkdirSync(folder)
  const config = readConfig({ DATA_FOLDER: folder })
  return { folder, found: async () => (await findServer(config))?.url }
}

test('A server that replaces another can be found at every moment', async () => {
  const { folder, found } = folderOfServers()
  await announceServer(folder, { url: 'http://127.0.0.1:1' })
  let over = false
  const announcing = (async () => {
    for (let port = 2; port < 200; port++) await announceServer(folder, { url: `http://127.0.0.1:${port}` })
    over = true
  })()
  while (!over) expect(await found()).toMatch(/^http:/)
  await announcing
  expect(readdirSync(folder)).toEqual(['server.json'])
})

test('A server that ends withdraws its own announcement, but not that of a later server', async () => {
  const { folder, found } = folderOfServers()
  writeFileSync(join(folder, 'server.json'), '{}', { mode: 0o644 })
  const first = await announceServer(folder, { url: 'http://127.0.0.1:1' })
  expect(statSync(join(folder, 'server.json')).mode & 0o077).toBe(0)
  const second = await announceServer(folder, { url: 'http://127.0.0.1:2' })
  await first()
  expect(await found()).toBe('http://127.0.0.1:2')
  await second()
  expect(await found()).toBeUndefined()
})
