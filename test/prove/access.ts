import { AUDIENCE, startIssuer } from '../fakes/oidc-issuer.ts'
import { startFakeOllama } from '../fakes/ollama.ts'
import { unusedPort } from '../fakes/unused-port.ts'
import { authorizations, OPAQUE, READER } from '../service/http/authorizations.ts'
import { HOSTS_AND_ORIGINS } from '../service/http/hosts-and-origins.ts'
import { ask, type Reply } from '../service/http/running-server.ts'
import { runProgram } from '../service/modes/run-program.ts'
import { write } from './corpus.ts'
import { Errors } from './errors.ts'
import { settled } from './index-state.ts'
import { defineRow } from './row.ts'
import type { Server } from './server.ts'

/** S6: Host and Origin headers. */
export const names = defineRow({
  row: 'S6',
  about: '16 combinations of Host and Origin, on loopback and beyond; starts beyond loopback without protection',
  goal: 'right every time; refuses to start beyond loopback with neither tokens nor allowed hosts',
  needsPostgres: true,
  run: async (context) => {
    const settings = { DATABASE_URL: await (await context.postgres({ fsync: 'off' })).database('codebase') }
    const wrong = new Errors()
    const servers = new Map<object, Server>()
    for (const [bound, host, origin, status] of HOSTS_AND_ORIGINS) {
      const { allowedHosts = [], allowedOrigins = [] } = bound
      const named = {
        HOST: bound.host,
        ALLOWED_HOSTS: allowedHosts.join(','),
        ALLOWED_ORIGINS: allowedOrigins.join(','),
      }
      const server = servers.get(bound) ?? (await context.server({ settings: { ...settings, ...named } }))
      servers.set(bound, server)
      const headers = { host, ...(origin === undefined ? {} : { origin }) }
      const reply = await ask(server.port, '/v1/repositories', { headers })
      if (reply.status !== status) wrong.add(`${bound.host}, Host ${host}, Origin ${origin}: ${reply.status}`)
    }
    let unguardedStarts = 0
    for (const HOST of ['0.0.0.0', '::']) {
      const { code, stderr } = await runProgram(['serve'], { ...settings, HOST, PORT: String(await unusedPort()) })
      if (code !== 1 || !stderr.includes('ALLOWED_HOSTS')) unguardedStarts++
    }
    return { combinations: HOSTS_AND_ORIGINS.length, wrongAnswers: wrong.count, unguardedStarts }
  },
  holds: ({ combinations, wrongAnswers, unguardedStarts }) =>
    combinations >= 16 && wrongAnswers + unguardedStarts === 0,
})

/** S7: tokens, valid and invalid, and the places where they must not appear. */
export const tokens = defineRow({
  row: 'S7',
  about:
    'requests with no token, and with tokens of every kind: unknown, truncated, expired, for other audiences, alg none, signed by others; then every place where a token could have been written',
  goal: 'the right 401 or 403 every time; no token in the database, its log, Ollama or the log of the server',
  needsPostgres: true,
  run: async (context) => {
    const postgres = await context.postgres({ fsync: 'off', log_statement: 'all', log_parameter_max_length: '-1' })
    const ollama = await startFakeOllama()
    context.after(() => ollama.stop())
    const issuer = await startIssuer()
    context.after(() => issuer.stop())
    const folder = context.folder()
    write(folder, 'ledger.ts', 'export function closeLedger() {}\n')
    const server = await context.server({
      folders: [folder],
      settings: {
        DATABASE_URL: await postgres.database('codebase'),
        OLLAMA_BASE_URL: ollama.url,
        AUTH_TOKENS: `${OPAQUE}\n${READER} rights=read`,
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: AUDIENCE,
        LOG_LEVEL: 'debug',
      },
    })
    await settled(server.url, { token: OPAQUE })
    const wrong = new Errors()
    const sent: string[] = []
    const table = authorizations(() => issuer)
    for (const [name, authorization, expected] of table) {
      const header = await authorization()
      sent.push(...(header ?? '').split(' ').filter((word) => word.length >= 16))
      for (const reply of await bothWays(server.port, header)) {
        const error = /error="(\w+)"/.exec(String(reply.headers['www-authenticate']))?.[1]
        if (reply.status !== expected.status || error !== expected.error) wrong.add(`${name}: ${reply.status} ${error}`)
      }
    }
    const places = [server.log(), postgres.log(), JSON.stringify([ollama.headers, ollama.embedded])]
    return {
      tokens: table.length,
      wrongAnswers: wrong.count,
      questionsEmbedded: ollama.embedded.filter((text) => text.includes('who closes')).length,
      statementsLogged: postgres.log().split('execute ').length - 1,
      leakedTokens: sent.filter((token) => places.some((place) => place.includes(token))).length,
    }
  },
  holds: ({ tokens, wrongAnswers, questionsEmbedded, statementsLogged, leakedTokens }) =>
    tokens >= 20 && questionsEmbedded > 0 && statementsLogged > 0 && wrongAnswers + leakedTokens === 0,
})

/** Sends two requests: one to the API, and over MCP a question that reaches the database and Ollama. */
async function bothWays(port: number, authorization: string | undefined): Promise<Reply[]> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(authorization === undefined ? {} : { authorization }),
  }
  const query = `who closes the ledger of ${crypto.randomUUID()}`
  const params = { name: 'search_code', arguments: { query } }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  return [await ask(port, '/v1/repositories', { headers }), await ask(port, '/mcp', { method: 'POST', headers, body })]
}
