import type { EmbeddingRequest } from '../embedding/embedder.ts'
import type { Fault } from '../errors.ts'
import type { Job } from '../indexing/contract.ts'
import type { Connection } from '../store/connection.ts'
import type { WorkerConfig } from './open-worker.ts'

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

/** Exit code of a thread that lost its database and needs another connection to it. */
export const DATABASE_LOST = 3

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
