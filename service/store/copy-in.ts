import type { Connection, Submittable } from 'pg'
import { KIB } from '../units.ts'

const MESSAGE_BYTES = 64 * KIB

// What @types/pg leaves out of the driver.
type CopyConnection = Connection & { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void }

/** A `copy … from stdin` whose data is all there, as the driver runs a query. */
export class CopyIn implements Submittable {
  readonly query_timeout: number
  readonly #target: string
  readonly #data: Uint8Array
  /** Called with an error, if there is one; the driver puts itself in between where the query takes too long. */
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

  // Where Postgres has refused a row, it ignores what it is still sent.
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
