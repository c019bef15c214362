import { expect, test } from 'vitest'
import { makeDataFolder } from '../../fakes/embedded-database.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { drains } from '../../prove/drain.ts'

const temporaryFolder = temporaryFolders()

test('a server that is told to stop answers sequential, pipelined and half-sent requests, and ends its streams', async () => {
  const folder = temporaryFolder()
  await makeDataFolder(folder)
  const { signals, requests, failures, streams, cutStreams, wrongExits } = await drains({
    signals: 1,
    environment: { DATA_FOLDER: folder, INDEXING_CONCURRENCY: '0', SHUTDOWN_TIMEOUT: '30' },
  })
  expect(requests).toBeGreaterThan(100)
  expect({ signals, failures, streams, cutStreams, wrongExits }).toEqual({
    signals: 1,
    failures: [],
    streams: 1,
    cutStreams: 0,
    wrongExits: 0,
  })
})
