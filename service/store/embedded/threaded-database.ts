import type { Database, Sql } from '../database.ts'
import type { Asker } from './asker.ts'
import { unpackRows } from './packed-rows.ts'
import { Turns } from './turns.ts'

type Ask = Asker['ask']

/** The database that is open in another thread; closing it does `end`. */
export function threadedDatabase(thread: Asker, end: () => Promise<void>, share?: Database['share']): Database {
  const turns = new Turns()
  let closed: Promise<void> | undefined
  // There is one connection, so whoever is in a transaction sees nobody else's changes.
  const transaction = <Result>(begin: string, work: (sql: Sql) => Promise<Result>) =>
    turns.alone(() => transact(thread, begin, work))
  return {
    kind: 'embedded',
    ...sqlOver(async (...asked) => {
      await turns.freed
      return thread.ask(...asked)
    }),
    transaction: (work) => transaction('begin', work),
    snapshot: (work) => transaction('begin read only', work),
    close: () => {
      closed ??= turns.alone(end)
      return closed
    },
    ...(share === undefined ? {} : { share }),
  }
}

async function transact<Result>(thread: Asker, begin: string, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  let isOver = false
  const sql = sqlOver(async (...asked) => {
    if (isOver) throw new Error('The transaction is over')
    return thread.ask(...asked)
  })
  await thread.ask({ begin })
  try {
    const result = await work(sql)
    isOver = true
    await thread.ask({ end: 'commit' })
    return result
  } catch (error) {
    isOver = true
    // What failed first is what counts.
    await thread.ask({ end: 'rollback' }).catch(() => undefined)
    throw error
  }
}

function sqlOver(ask: Ask): Sql {
  return {
    async query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
      if (values === undefined) return unpackRows(await ask({ text })) as Row[]
      const buffers: ArrayBuffer[] = []
      const moved = values.map((value) => (value instanceof Uint8Array ? copied(value, buffers) : value))
      return unpackRows(await ask({ text, values: moved }, buffers)) as Row[]
    },
    async copyIn(target: string, data: Uint8Array): Promise<void> {
      const buffers: ArrayBuffer[] = []
      await ask({ copyInto: target, data: copied(data, buffers) }, buffers)
    },
  }
}

// What is moved is lost here, and a small Buffer lies in one that it shares with others.
function copied(bytes: Uint8Array, buffers: ArrayBuffer[]): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes)
  buffers.push(copy.buffer)
  return copy
}
