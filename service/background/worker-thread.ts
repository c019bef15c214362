import { parentPort, workerData } from 'node:worker_threads'
import type { EmbeddingRequest } from '../embedding/embedder.ts'
import { loadOwnModel } from '../embedding/own-model.ts'
import type { Fault } from '../errors.ts'
import type { Job } from '../indexing/contract.ts'
import { makeLog } from '../log.ts'
import { type Connection, openConnection } from '../store/connection.ts'
import { giveWay } from '../threads/give-way.ts'
import { openWorker, type WorkerConfig } from './open-worker.ts'

/** What the thread starts with. */
export interface ThreadData {
  readonly config: WorkerConfig
  readonly connection: Connection
  readonly hasOwnModel: boolean
  /** Whether the thread before this one ended because its database did. */
  readonly databaseWasLost: boolean
}

/** With which the thread ends when its database has gone and it needs another way to that; background-worker.ts knows it. */
const DATABASE_LOST = 3

/** What the thread is told: that there is something to do, or that it is to end. */
export type Order = 'wake' | 'close'

/** What the thread tells: how far a job is, a request to Ollama that ended, whether jobs get on, or that it has closed. */
export type Report =
  | { readonly job: Job }
  | { readonly request: EmbeddingRequest }
  | { readonly trouble: FaultFields | undefined }
  | { readonly closed: true }

/** What is left of a fault between threads. */
export type FaultFields = Pick<Fault, 'code' | 'message' | 'remedy'>

const { config, connection, hasOwnModel, databaseWasLost } = workerData as ThreadData
const log = makeLog(config.log)
letOthersGoFirst()
const database = await openConnection(connection, log)
void database.gone?.then(() => process.exit(DATABASE_LOST))
const tell = (report: Report) => parentPort?.postMessage(report)
const onTrouble = (fault?: Fault) => {
  tell({ trouble: fault && { code: fault.code, message: fault.message, remedy: fault.remedy } })
}
const own = hasOwnModel ? { ownModel: loadOwnModel() } : {}
const worker = openWorker({ config, database, log, databaseWasLost, onTrouble, ...own })
worker.onProgress((job) => tell({ job }))
worker.embedder.onRequest((request) => tell({ request }))
parentPort?.on('message', (order: Order) => {
  if (order === 'wake') worker.wake()
  else void close()
})

/** Who answers people goes before who works for later. */
function letOthersGoFirst(): void {
  try {
    giveWay()
  } catch (error) {
    log.debug({ error }, 'The thread that does jobs could not be given a lower priority')
  }
}

// What is under way goes back at once: whoever stops a process does not wait for a whole run.
async function close(): Promise<void> {
  await worker.close(AbortSignal.abort())
  await database.close()
  tell({ closed: true })
  parentPort?.close()
}
