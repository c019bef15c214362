interface Reply {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** Live memory of V8 after a garbage collection, in megabytes. */
interface Heap {
  readonly liveMb: number
  /** Memory of buffers and WebAssembly, which is outside the heap. */
  readonly buffersMb: number
}

/** Inspects the main thread of a Node that was started with `--inspect`. */
export interface Debugger {
  heap(): Promise<Heap>
  close(): void
}

const MIB = 2 ** 20

/** Connects to the address that Node prints on stderr. */
export async function debuggerOf(stderr: string): Promise<Debugger> {
  const address = /Debugger listening on (ws:\S+)/.exec(stderr)?.[1]
  if (address === undefined) throw new Error(`The server has no debugger:\n${stderr}`)
  const socket = new WebSocket(address)
  const waiting = new Map<number, (reply: Reply) => void>()
  let sent = 0
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply)
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error(`The debugger at ${address} does not answer`)))
  })
  const ask = async (method: string, params: object = {}): Promise<unknown> => {
    const id = ++sent
    const { promise, resolve } = Promise.withResolvers<Reply>()
    waiting.set(id, resolve)
    socket.send(JSON.stringify({ id, method, params }))
    const { result, error } = await promise
    waiting.delete(id)
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result
  }
  const heap = async () => {
    // Objects with a finaliser are only freed by a second collection.
    for (let at = 0; at < 2; at++) await ask('HeapProfiler.collectGarbage')
    const expression = 'JSON.stringify(process.memoryUsage())'
    const { result } = (await ask('Runtime.evaluate', { expression })) as { result: { value: string } }
    const { heapUsed, external } = JSON.parse(result.value) as NodeJS.MemoryUsage
    return { liveMb: heapUsed / MIB, buffersMb: external / MIB }
  }
  return { heap, close: () => socket.close() }
}
