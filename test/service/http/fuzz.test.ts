import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCatalogue } from '../../../service/indexing/catalogue.ts'
import { makeSearch } from '../../../service/search/search.ts'
import { fuzz } from '../../prove/fuzz.ts'
import { requestsOf } from '../../prove/fuzz-requests.ts'
import { addFiles, emptyDatabase, silent } from '../search/indexed.ts'
import { fakeDomain } from '../tools/fake-domain.ts'
import { startServer } from './running-server.ts'

const SECRET = 'a secret of the webhooks'
const TARGET = { repository: 'app', file: 'src/a.ts', webhookSecret: SECRET }

let server: Awaited<ReturnType<typeof startServer>>
let close: () => Promise<void>
beforeAll(async () => {
  const database = await emptyDatabase()
  await addFiles(database, 'app', [{ path: 'src/a.ts', text: 'import config from "config"\nexport const a = config' }])
  const search = makeSearch({ database, log: silent })
  const catalogue = makeCatalogue({ database, roots: ['/nowhere'], onChange: () => {} })
  const context = { ...fakeDomain().context, search, catalogue }
  server = await startServer({ context, settings: { webhookSecret: SECRET } })
  close = async () => {
    await server.stop()
    await search.close()
    await database.close()
  }
})
afterAll(() => close())

test('every request is answered, and none with an internal error', async () => {
  const report = await fuzz({ url: server.url, requests: 500, seed: 5, ...TARGET })
  expect(report.failures).toEqual([])
  expect(report.requests).toBe(500)
  expect(report.outcomes).toMatchObject({ 200: expect.any(Number), 400: expect.any(Number), 404: expect.any(Number) })
})

test('the same seed makes the same requests', () => {
  const [one, same, other] = [1, 1, 2].map((seed) => requestsOf(seed, TARGET)(7))
  expect(one).toEqual(same)
  expect(one).not.toEqual(other)
})

test.each([
  ['a body of 1.9 million values', `[${'1,'.repeat(1_900_000)}1]`],
  ['half a million values', `[${'1,'.repeat(500_000)}1]`],
  ['arguments that nest 5,000 levels deep', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`],
])('%s is refused as too large', async (_, body) => {
  const answer = await fetch(`${server.url}/mcp`, { method: 'POST', body })
  expect(answer.status).toBe(413)
})
