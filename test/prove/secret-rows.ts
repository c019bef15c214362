import { join } from 'node:path'
import { CANARIES } from '../service/indexing/secrets/canaries.ts'
import { makeAgent } from './agent.ts'
import { write } from './corpus.ts'
import { Errors } from './errors.ts'
import { settled } from './index-state.ts'
import { defineRow } from './row.ts'

const TOKEN = 'a-token-that-nobody-may-read'
/** Length of a part of a secret that would give it away. */
const TOLD = 12

/** S9: secrets in source code and in the settings, and every place where they could appear. */
export const secrets = defineRow({
  row: 'S9',
  about:
    'secrets of every kind in source code and in .env files, and tokens and passwords in the settings; then every request that there is, and faults',
  goal: '0 in answers, metrics, faults, logs and the database',
  needsPostgres: true,
  run: async (context) => {
    const postgres = await context.postgres({ fsync: 'off' })
    const folder = join(context.folder(), 'code')
    const all = CANARIES.map(({ text, secrets }, at) => ({ path: `src/settings${at}.py`, text, secrets }))
    for (const { path, text } of all) write(folder, path, `# A setting.\n${text}\n`)
    write(folder, '.env', all.map(({ text }) => text).join('\n'))
    const password = 'canary-of-the-password-4711'
    const databaseUrl = await postgres.database('codebase')
    const server = await context.server({
      folders: [folder],
      settings: {
        DATABASE_URL: databaseUrl.replace('postgres@', `postgres:${password}@`),
        AUTH_TOKENS: TOKEN,
        LOG_LEVEL: 'debug',
      },
    })
    await settled(server.url, { token: TOKEN })
    const agent = makeAgent(server.url, { token: TOKEN })
    context.after(() => agent.close())
    const told: string[] = []
    for (const { path, secrets } of all) {
      told.push((await agent.post('/v1/read', { repository: 'code', path })).text)
      for (const secret of secrets) {
        const pattern = secret.slice(0, TOLD).replace(/[^\w]/g, '\\$&')
        const { matches } = JSON.parse((await agent.post('/v1/grep', { pattern, limit: 5 })).text) as {
          matches: unknown[]
        }
        told.push(JSON.stringify(matches))
      }
    }
    told.push((await agent.post('/v1/search', { query: 'setting key token password', limit: 50, detail: 'full' })).text)
    for (const path of ['/metrics', '/health', '/v1/repositories', '/v1/jobs', '/nowhere'])
      told.push((await agent.get(path)).text)
    await postgres.stop()
    told.push((await agent.post('/v1/search', { query: 'while the database is away' })).text, server.log())
    const found = new Errors()
    const values = [...new Set([...all.flatMap((each) => each.secrets), password, TOKEN])]
    for (const value of values) {
      if (told.some((text) => text.includes(value))) found.add(`${value.slice(0, 4)}… comes out`)
    }
    return { kinds: CANARIES.length, secrets: values.length, placesLookedAt: told.length, told: found.count }
  },
  holds: ({ kinds, told }) => kinds >= 40 && told === 0,
})
