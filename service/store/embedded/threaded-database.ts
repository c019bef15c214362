import type { MessagePort, Transferable } from 'node:worker_threads'
import { unlessAborted, untilUnwanted } from '../../deadline.ts'
import type { Log } from '../../log.ts'
import type { Database, Sql } from '../database.ts'
import { Turns } from '../turns.ts'
import { Asker } from './asker.ts'
import type { Request } from './database-thread.ts'
import { type PackedRows, unpackRows } from './packed-rows.ts'

type Ask = (request: Request, transfer?: Transferable[]) => Promise<PackedRows>

/** Returns a database that is open in another thread, which may be replaced over time. Closing it calls `end`. */
export function threadedDatabase(
  current: () => Asker,
  end: () => Promise<void>,
  more: Pick<Database, 'share' | 'gone'> = {},
): Database {
  const turns = new Turns()
  let closed: Promise<void> | undefined
  // There is one connection, so a transaction sees no changes of others.
  const transaction = <Result>(begin: string, work: (sql: Sql) => Promise<Result>) =>
    turns.alone(() => transact(current(), begin, work))
  return {
    kind: 'embedded',
    ...sqlOver(async (request, transfer) => {
      const signal = untilUnwanted()
      // Only sending takes turns: a transaction that begins later is sent later, so no statement gets into another's
      // transaction.
      const sent = turns.alone(async () => {
        signal?.throwIfAborted()
        const answer = current().ask(request, transfer, signal)
        answer.catch(() => undefined)
        return { answer }
      })
      const { answer } = await unlessAborted(sent, signal)
      return answer
    }),
    check: async () => {
      await current().ask({ check: true }, [], untilUnwanted())
    },
    transaction: (work) => transaction('begin', work),
    snapshot: (work) => transaction('begin read only', work),
    close: () => {
      closed ??= turns.alone(end)
      return closed
    },
    ...more,
  }
}

async function transact<Result>(thread: Asker, begin: string, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  let isOver = false
  const signal = untilUnwanted()
  signal?.throwIfAborted()
  const sql = sqlOver(async (request, transfer) => {
    if (isOver) throw new Error('The transaction is over')
    return thread.ask(request, transfer, signal)
  })
  try {
    await thread.ask({ begin }, [], signal)
    const result = await work(sql)
    isOver = true
    await thread.ask({ end: 'commit' })
    return result
  } catch (error) {
    isOver = true
    // Report the first failure.
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

// Copies bytes before their transfer: transferred buffers are lost here, and a small Buffer shares its memory with
// others.
function copied(bytes: Uint8Array, buffers: ArrayBuffer[]): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes)
  buffers.push(copy.buffer)
  return copy
}

/** Opens the embedded database that another thread has opened and closes, for callers that do not answer people. */
export function openShared(port: MessagePort, log: Log): Database {
  const asker = new Asker(port, log, 'waits')
  port.on('close', () => asker.die(new Error('Its thread has ended')))
  const close = async () => {
    asker.end()
    port.close()
  }
  return threadedDatabase(() => asker, close, { gone: asker.ended.then(() => undefined) })
}
