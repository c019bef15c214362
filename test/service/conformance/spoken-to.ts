import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { makeDataFolder } from '../../fakes/embedded-database.ts'
import { startProgram } from '../modes/run-program.ts'

export interface Message {
  readonly id?: unknown
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: unknown
  readonly error?: unknown
}

/** A program that speaks over stdio. */
export interface SpokenTo {
  tell(message: Message): void
  /** Sends a request under an id of its own, and returns the reply. */
  ask(message: Message): Promise<Message>
  /** Sends a request that ends only when it is cancelled. */
  askUntil(message: Message): { readonly reply: Promise<Message>; readonly cancel: () => void }
  /** Calls the listener for each notification, until the returned function is called. */
  hear(listener: (message: Message) => void): () => void
  end(): Promise<void>
}

/** Starts the program with an index of one file: the suite asks for nothing that is in one. */
export async function speakToProgram(): Promise<SpokenTo> {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-conformance-'))
  const [code, data] = [join(folder, 'code'), join(folder, 'data')]
  mkdirSync(code)
  writeFileSync(join(code, 'one.py'), 'one = 1\n')
  await makeDataFolder(data)
  const program = startProgram(['mcp', code], { DATA_FOLDER: data })
  const waiting = new Map<unknown, (reply: Message) => void>()
  const listeners = new Set<(message: Message) => void>()
  let asked = 0
  createInterface({ input: program.child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as Message
    const given = waiting.get(message.id)
    waiting.delete(message.id)
    if (given !== undefined) given(message)
    else for (const tell of listeners) tell(message)
  })
  const tell = (message: Message) => program.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const askUntil = (message: Message) => {
    const id = ++asked
    const { promise: reply, resolve } = Promise.withResolvers<Message>()
    waiting.set(id, resolve)
    tell({ ...message, id })
    return { reply, cancel: () => tell({ method: 'notifications/cancelled', params: { requestId: id } }) }
  }
  return {
    tell,
    askUntil,
    ask: (message) => askUntil(message).reply,
    hear: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    end: async () => {
      program.child.stdin.end()
      await program.ended
      rmSync(folder, { recursive: true, maxRetries: 3 })
    },
  }
}
