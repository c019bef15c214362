import { parentPort, workerData } from 'node:worker_threads'
import type { EmbeddingRequest } from '../embedding/embedder.ts'
import { loadOwnModel } from '../embedding/own-model.ts'
import type { Fault } from '../errors.ts'
import type { Job } from '../indexing/contract.ts'
import { makeLog } from '../log.ts'
import { type Connection, openConnection } from '../store/connection.ts'
import { giveWay } from '../threads/give-way.ts'
import { givingWay } from '../threads/right-of-way.ts'
import { openWorker, type WorkerConfig } from './open-worker.ts'

/** Data passed to the thread at its start. */
export interface ThreadData {
  readonly config: WorkerConfig
  readonly connection: Connection
  readonly hasOwnModel: boolean
  /** Memory of the process's `Questions`. */
  readonly questions: SharedArrayBuffer
  /** Whether the previous thread ended because it lost its database. */
  readonly databaseWasLost: boolean
}

/**
 * Exit code if the thread lost its database and needs another connection to it. background-worker.ts has the same
 * value.
 */
const DATABASE_LOST = 3

/** Message to the thread: there is work to do, or it must end. */
export type Order = 'wake' | 'close'

/**
 * Message from the thread: progress of a job, end of an Ollama request, whether jobs progress, or that it has closed.
 */
export type Report =
  | { readonly job: Job }
  | { readonly request: EmbeddingRequest }
  | { readonly trouble: FaultFields | undefined }
  | { readonly closed: true }

/** The fields of a fault that survive the transfer between threads. */
export type FaultFields = Pick<Fault, 'code' | 'message' | 'remedy'>

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
