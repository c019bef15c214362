import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Agent, Busy, makeAgent, matchesIn, placesIn } from './agent.ts'
import { write } from './corpus.ts'
import { Errors } from './errors.ts'
import { settled } from './index-state.ts'
import { type Context, defineRow } from './row.ts'

const CLIENTS = { full: 1000, short: 100 }
const ROUNDS = { full: 5, short: 2 }
const SCOPES = 20
const PATIENCE_MS = 200

interface Client {
  readonly agent: Agent
  readonly repository: string
  /** A value that no other client of the repository asks for. */
  readonly own: string
}

/** S8: clients that all use the same request ids. */
export const clients = defineRow({
  row: 'S8',
  about:
    '1,000 clients at once with 20 tokens for one repository each, all with the same request ids, ask for what all repositories contain, and for other repositories',
  goal: '0 crossed answers, 0 hits from a repository outside the scope',
  needsPostgres: true,
  run: async (context, form) => {
    const url = await servedInScopes(context, CLIENTS[form] / SCOPES)
    const all = Array.from({ length: CLIENTS[form] }, (_, at): Client => {
      const scope = at % SCOPES
      return {
        agent: makeAgent(url, { token: tokenOf(scope) }),
        repository: nameOf(scope),
        own: ownValue(Math.floor(at / SCOPES)),
      }
    })
    const tally = new Tally()
    await Promise.all(all.map((client) => tally.ask(client, ROUNDS[form])))
    for (const { agent } of all) agent.close()
    return tally.counts
  },
  holds: ({ calls, crossed, outside, errors }) => calls > 0 && crossed + outside + errors === 0,
})

const nameOf = (scope: number) => `team${scope}`
const tokenOf = (scope: number) => `token-of-the-members-of-team-${scope}`
const ownValue = (at: number) => `value_${at}_`

async function servedInScopes(context: Context, clientsEach: number): Promise<string> {
  const postgres = await context.postgres({ fsync: 'off' })
  const folder = context.folder()
  const scopes = Array.from({ length: SCOPES }, (_, scope) => scope)
  for (const scope of scopes) {
    const lines = Array.from({ length: clientsEach }, (_, at) => `export const ${ownValue(at)} = 'of ${nameOf(scope)}'`)
    write(join(folder, nameOf(scope)), 'values.ts', `// What every team has: sharedLedger.\n${lines.join('\n')}\n`)
  }
  const tokens = scopes.map((scope) => `${tokenOf(scope)} rights=read ${nameOf(scope)}`)
  const all = 'token-of-the-operator-of-all'
  const { url } = await context.server({
    folders: scopes.map((scope) => join(folder, nameOf(scope))),
    settings: { DATABASE_URL: await postgres.database('codebase'), AUTH_TOKENS: [all, ...tokens].join('\n') },
  })
  await settled(url, { count: SCOPES, token: all })
  return url
}

class Tally {
  readonly #errors = new Errors()
  readonly #counted = { calls: 0, crossed: 0, outside: 0, turnedAway: 0 }

  get counts() {
    return { ...this.#counted, errors: this.#errors.count }
  }

  async ask(client: Client, rounds: number): Promise<void> {
    const { agent, repository, own } = client
    for (let round = 0; round < rounds; round++) {
      await this.#try(async () => {
        const answer = await agent.call('grep_code', { pattern: `${own} ` })
        const matches = matchesIn(answer)
        this.#look(client, matches)
        // The time limit cut the answer short, so this is no result yet.
        if (answer.content.truncated === true && matches.length === 0) throw new Busy('out of time')
        if (matches.length !== 1 || !matches[0]?.text.includes(`${own} = 'of ${repository}'`)) this.#counted.crossed++
      })
      await this.#try(async () => {
        const places = placesIn(await agent.call('search_code', { query: 'sharedLedger' }))
        this.#look(client, places)
        if (places.length === 0) this.#counted.crossed++
      })
      await this.#try(async () => {
        const { content } = await agent.call('list_repositories', {})
        this.#look(
          client,
          (content.repositories as { name: string }[]).map(({ name }) => ({ repository: name })),
        )
      })
      await this.#try(() => this.#intrude(client))
    }
  }

  /** Asks for a repository outside its scope by name. */
  async #intrude({ agent, repository }: Client): Promise<void> {
    const other = nameOf((Number(repository.slice(nameOf(0).length - 1)) + 1) % SCOPES)
    const reply = await agent.post('/v1/read', { repository: other, path: 'values.ts' })
    if (reply.status === 503 || reply.status === 504) throw new Busy(reply.text)
    if (reply.status !== 404) this.#counted.outside++
  }

  #look({ repository }: Client, found: readonly { readonly repository: string }[]): void {
    this.#counted.outside += found.filter((each) => each.repository !== repository).length
  }

  /** Retries while the server is overloaded. */
  async #try(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await work()
        this.#counted.calls++
        return
      } catch (error) {
        if (!(error instanceof Busy)) return this.#errors.add(error)
        this.#counted.turnedAway++
        await delay(PATIENCE_MS * (1 + Math.random()))
      }
    }
  }
}
