import type { Connection, Submittable } from 'pg'
import { KIB } from '../units.ts'

const MESSAGE_BYTES = 64 * KIB

// Methods of the driver that @types/pg lacks.
type CopyConnection = Connection & { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void }

/** Runs a `copy … from stdin` whose data is complete, as a query of the driver. */
export class CopyIn implements Submittable {
  readonly query_timeout: number
  readonly #target: string
  readonly #data: Uint8Array
  /** Called at the end, with an error if there was one. The driver wraps it to enforce its timeout. */
  callback: (error?: Error) => void

  constructor(target: string, data: Uint8Array, timeoutMs: number, callback: (error?: Error) => void) {
    this.#target = target
    this.#data = data
    this.query_timeout = timeoutMs
    this.callback = callback
  }

  submit(connection: Connection): void {
    connection.query(`copy ${this.#target} from stdin with (format binary)`)
  }

  // After refusing a row, Postgres ignores the rest of the data.
  handleCopyInResponse(connection: CopyConnection): void {
    const { buffer, byteOffset, length } = this.#data
    for (let at = 0; at < length; at += MESSAGE_BYTES) {
      connection.sendCopyFromChunk(Buffer.from(buffer, byteOffset + at, Math.min(MESSAGE_BYTES, length - at)))
    }
    connection.endCopyFrom()
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback()
  }

  handleError(error: Error): void {
    this.callback(error)
  }
}
