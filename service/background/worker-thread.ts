import { parentPort, workerData } from 'node:worker_threads'
import type { EmbeddingRequest } from '../embedding/embedder.ts'
import { loadOwnModel } from '../embedding/own-model.ts'
import type { Job } from '../indexing/contract.ts'
import { makeLog } from '../log.ts'
import { type Connection, openConnection } from '../store/connection.ts'
import { openWorker, type WorkerConfig } from './open-worker.ts'

/** What the thread starts with. */
export interface ThreadData {
  readonly config: WorkerConfig
  readonly connection: Connection
  readonly hasOwnModel: boolean
}

/** What the thread is told: that there is something to do, or that it is to end. */
export type Order = 'wake' | 'close'

/** What the thread tells: how far a job is, a request to Ollama that ended, or that it has closed. */
export type Report = { readonly job: Job } | { readonly request: EmbeddingRequest } | { readonly closed: true }

const { config, connection, hasOwnModel } = workerData as ThreadData
const log = makeLog(config.log)
const database = await openConnection(connection, log)
const worker = openWorker({ config, database, log, ...(hasOwnModel ? { ownModel: loadOwnModel() } : {}) })
const tell = (report: Report) => parentPort?.postMessage(report)
worker.onProgress((job) => tell({ job }))
worker.embedder.onRequest((request) => tell({ request }))
parentPort?.on('message', (order: Order) => {
  if (order === 'wake') worker.wake()
  else void close()
})

// What is under way goes back at once: whoever stops a process does not wait for a whole run.
async function close(): Promise<void> {
  await worker.close(AbortSignal.abort())
  await database.close()
  tell({ closed: true })
  parentPort?.close()
}
