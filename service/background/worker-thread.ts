import { parentPort, workerData } from 'node:worker_threads'
import { loadOwnModel } from '../embedding/own-model.ts'
import type { Fault } from '../errors.ts'
import { makeLog } from '../log.ts'
import { openConnection } from '../store/connection.ts'
import { giveWay } from '../threads/give-way.ts'
import { givingWay } from '../threads/right-of-way.ts'
import { openWorker } from './open-worker.ts'
import { DATABASE_LOST, type Order, type Report, type ThreadData } from './worker-messages.ts'

const { config, connection, hasOwnModel, questions, databaseWasLost } = workerData as ThreadData
const log = makeLog(config.log)
letOthersGoFirst()
const database = await openConnection(connection, log)
void database.gone?.then(() => process.exit(DATABASE_LOST))
const tell = (report: Report) => parentPort?.postMessage(report)
const onTrouble = (fault?: Fault) => {
  tell({ trouble: fault && { code: fault.code, message: fault.message, remedy: fault.remedy } })
}
const own = hasOwnModel ? { ownModel: loadOwnModel() } : {}
const turn = givingWay(questions)
const worker = openWorker({ config, database, turn, log, databaseWasLost, onTrouble, ...own })
worker.onProgress((job) => tell({ job }))
worker.embedder.onRequest((request) => tell({ request }))
parentPort?.on('message', (order: Order) => {
  if (order === 'wake') worker.wake()
  else void close()
})

/** Gives threads that answer people priority over background work. */
function letOthersGoFirst(): void {
  try {
    giveWay()
  } catch (error) {
    log.debug({ error }, 'The thread that does jobs could not be given a lower priority')
  }
}

// Return unfinished jobs at once: stopping the process must not wait for a whole run.
async function close(): Promise<void> {
  await worker.close(AbortSignal.abort())
  await database.close()
  tell({ closed: true })
  parentPort?.close()
}
