import type { MessagePort } from 'node:worker_threads'
import type { Log } from '../../log.ts'
import type { Database } from '../database.ts'
import { Asker } from './asker.ts'
import { threadedDatabase } from './threaded-database.ts'

/** The embedded database that another thread has opened and closes, for who does not answer people. */
export function openShared(port: MessagePort, log: Log): Database {
  const asker = new Asker(port, log, 'waits')
  port.on('close', () => asker.die(new Error('Its thread has ended')))
  const close = async () => {
    asker.end()
    port.close()
  }
  return threadedDatabase(() => asker, close, { gone: asker.ended.then(() => undefined) })
}
