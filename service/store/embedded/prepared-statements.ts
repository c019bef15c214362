import { type PGlite, parse, protocol, type Results } from '@electric-sql/pglite'
import { SECOND } from '../../units.ts'

const { serialize } = protocol

interface Prepared {
  readonly name: string
  /** Types of the parameters. */
  readonly types: readonly number[]
  readonly at: number
}

/**
 * A plan depends on the size of the tables when it was made, and nothing collects statistics here. After this time it
 * is replanned.
 */
const PLAN_MS = 5 * SECOND
const MOST = 200

/**
 * Keeps statements prepared, because parsing and planning is most of the cost of a short one. Sends each in one
 * message, where PGlite's `query` sends five.
 */
export class PreparedStatements {
  readonly #database: PGlite
  readonly #known = new Map<string, Prepared>()

  constructor(database: PGlite) {
    this.#database = database
  }

  /** @throws the SQL error */
  async query(text: string, values: readonly unknown[]): Promise<Results<object> | undefined> {
    const { name, types } = await this.#prepared(text)
    const { serializers, parsers } = this.#database
    const bound = values.map((value, at) => {
      if (value === null || value === undefined) return null
      return serializers[types[at] as number]?.(value) ?? String(value as string | number | boolean | bigint)
    })
    const { messages } = await this.#database.execProtocol(
      joined(
        serialize.bind({ statement: name, values: bound }),
        serialize.describe({ type: 'P' }),
        serialize.execute({}),
        serialize.sync(),
      ),
    )
    return parse.parseResults(messages, parsers)[0] as Results<object> | undefined
  }

  /** Prepares all statements again, because their results may have other columns. */
  async forget(): Promise<void> {
    if (this.#known.size === 0) return
    this.#known.clear()
    await this.#database.exec('deallocate all')
  }

  async #prepared(text: string): Promise<Prepared> {
    const known = this.#known.get(text)
    const now = performance.now()
    if (known !== undefined && now - known.at < PLAN_MS) return known
    if (this.#known.size >= MOST) await this.forget()
    const name = known?.name ?? `s${this.#known.size}`
    const { messages } = await this.#database.execProtocol(
      joined(
        serialize.close({ type: 'S', name }),
        serialize.parse({ name, text }),
        serialize.describe({ type: 'S', name }),
        serialize.sync(),
      ),
    )
    const prepared = { name, types: parse.parseDescribeStatementResults(messages), at: now }
    this.#known.set(text, prepared)
    return prepared
  }
}

function joined(...messages: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(messages.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const message of messages) {
    all.set(message, at)
    at += message.length
  }
  return all
}
