import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  readonly head: string
  readonly body: string
}

/** A connection that sends raw bytes and returns complete answers in order. */
export class Connection {
  readonly #socket: Socket
  readonly #waiting: PromiseWithResolvers<RawAnswer>[] = []
  #received = ''
  #ended: Error | undefined
  /** Settles when the connection is closed. */
  readonly closed: Promise<void>

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#receive(text))
    this.closed = new Promise((resolve) => {
      socket.on('error', (error) => this.#end(error))
      socket.on('end', () => this.#end(new Error('the server closed the connection')))
      socket.on('close', () => resolve())
    })
  }

  /** @throws Error with the code ECONNREFUSED if nothing listens */
  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.off('error', reject)
        resolve(new Connection(socket))
      })
      socket.on('error', reject)
    })
  }

  send(bytes: string): void {
    if (this.#ended === undefined) this.#socket.write(bytes)
  }

  /**
   * Returns the next answer that no earlier call returns.
   * @throws Error if the connection ends first
   */
  answer(): Promise<RawAnswer> {
    const next = Promise.withResolvers<RawAnswer>()
    next.promise.catch(() => {})
    this.#waiting.push(next)
    if (this.#ended !== undefined) this.#end(this.#ended)
    return next.promise
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive(text: string): void {
    this.#received += text
    for (let answer = this.#take(); answer !== undefined; answer = this.#take()) this.#waiting.shift()?.resolve(answer)
  }

  #take(): RawAnswer | undefined {
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0 || this.#waiting.length === 0) return undefined
    const head = this.#received.slice(0, end)
    const bodyLength = lengthOf(head, this.#received.slice(end + 4))
    if (bodyLength === undefined) return undefined
    const body = this.#received.slice(end + 4, end + 4 + bodyLength)
    this.#received = this.#received.slice(end + 4 + bodyLength)
    return { status: Number(head.split(' ', 2)[1]), head, body }
  }

  #end(error: Error): void {
    this.#ended = error
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error)
  }
}

/** Returns the length of a complete body. Undefined if its end has not arrived. */
function lengthOf(head: string, body: string): number | undefined {
  if (/^transfer-encoding: chunked$/im.test(head)) {
    const end = body.indexOf('\r\n0\r\n\r\n')
    return end < 0 ? undefined : end + '\r\n0\r\n\r\n'.length
  }
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0)
  return body.length < length ? undefined : length
}

export const closesAfter = ({ head }: RawAnswer) => /^connection: close$/im.test(head)

/** Returns the bytes of a request. */
export function requestOf(method: string, path: string, body?: object, headers: Record<string, string> = {}): string {
  const text = body === undefined ? '' : JSON.stringify(body)
  const all = {
    host: 'localhost',
    accept: 'application/json, text/event-stream',
    ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(text.length) }),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${text}`
}

/** Tells whether a request on a connection of its own is answered with 200. */
export async function isAnswered(port: number, bytes: string): Promise<boolean> {
  try {
    const connection = await Connection.open(port)
    const answer = connection.answer()
    connection.send(bytes)
    const { status } = await answer
    connection.close()
    return status === 200
  } catch {
    return false
  }
}
