import { openAsBlob, readFileSync } from 'node:fs'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { PGlite, type Results } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { asBaselineCode } from '../../baseline-code.ts'
import { refuseUnwritable } from './free-space.ts'
import { type PackedRows, packRows } from './packed-rows.ts'
import { PreparedStatements } from './prepared-statements.ts'
import { freeUnusedBuffers } from './unused-buffers.ts'

/**
 * A request to the thread. It handles requests one at a time, and from a `begin` to its `end` only those of the same
 * port.
 */
export type Request =
  | { readonly open: string; readonly dump?: string }
  | { readonly begin: string }
  | { readonly end: 'commit' | 'rollback' }
  /** From here on, this port asks as well. */
  | { readonly port: MessagePort }
  | { readonly text: string; readonly values?: readonly unknown[] }
  | { readonly copyInto: string; readonly data: Uint8Array<ArrayBuffer> }
  /** Checks that there is room for changes. */
  | { readonly check: true }
  /** Drops the port's request with this number, counted from 0, unless it has begun. */
  | { readonly drop: number }
  | { readonly close: true }

/** One for each request, in the same order. */
export type Answer = PackedRows | { readonly error: ErrorFields }

/** The fields of an error that survive the transfer between threads, including SQLSTATE. */
export interface ErrorFields {
  readonly message: string
  readonly [field: string]: unknown
}

const BYTEA = 17
const INT8 = 20
/** A quarter of Postgres' default, because all of it is memory of this process. */
const SHARED_BUFFERS = '32MB'

let pglite: PGlite | undefined
let prepared: PreparedStatements | undefined
/** Undefined for a database in memory. */
let folder: string | undefined

// V8's optimizing compiler would take 600 MB for one of the functions. Without it, queries take no longer.
const CODE = new URL('./pglite.wasm', import.meta.resolve('@electric-sql/pglite'))

async function start(dataDir: string, dump?: string): Promise<PGlite> {
  return PGlite.create({
    dataDir,
    ...(dump === undefined ? {} : { loadDataDir: await openAsBlob(dump) }),
    pgliteWasmModule: await asBaselineCode(readFileSync(CODE)),
    extensions: { vector },
    startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
    // PGlite's own functions for bytea handle single bytes. A Uint8Array passes as a binary parameter, although its
    // type says string.
    serializers: { [BYTEA]: (bytes: Uint8Array) => bytes as unknown as string },
    parsers: { [BYTEA]: (text) => Buffer.from(text.slice(2), 'hex'), [INT8]: Number },
  })
}

async function resultOf(request: Request): Promise<Results<object> | undefined> {
  if ('open' in request) {
    pglite = await start(request.open, request.dump)
    prepared = new PreparedStatements(pglite)
    if (!request.open.includes('://')) folder = request.open
  } else if ('drop' in request) return undefined
  else if ('close' in request) await pglite?.close()
  else if ('port' in request) listenTo(request.port)
  else if (pglite === undefined || prepared === undefined) throw new Error('The database is not open')
  else if ('check' in request) refuseChanges()
  else if ('begin' in request) await begin(pglite, request.begin)
  else if ('end' in request) await pglite.exec(request.end)
  else if ('copyInto' in request) await copyIn(pglite, request.copyInto, request.data)
  else if (request.values !== undefined) return prepared.query(request.text, request.values)
  else return execute(pglite, prepared, request.text)
  return undefined
}

const READS = /^\s*select\b/i

async function execute(on: PGlite, statements: PreparedStatements, text: string): Promise<Results<object> | undefined> {
  const results = await on.exec(text)
  if (!READS.test(text)) await statements.forget()
  return results.at(-1) as Results<object> | undefined
}

function refuseChanges(): void {
  if (folder !== undefined) refuseUnwritable(folder)
}

async function begin(on: PGlite, text: string): Promise<void> {
  if (!text.includes('read only')) refuseChanges()
  await on.exec(text)
}

async function copyIn(to: PGlite, target: string, data: Uint8Array<ArrayBuffer>): Promise<void> {
  await to.query(`copy ${target} from '/dev/blob' with (format binary)`, [], { blob: new Blob([data]) })
}

async function answer({ port, request }: WaitingRequest): Promise<void> {
  try {
    const { packed, buffers } = packRows(await resultOf(request), BYTEA)
    if ('begin' in request) inTransaction = port
    port.postMessage(packed satisfies Answer, buffers)
    freeUnusedBuffers()
  } catch (error) {
    port.postMessage({ error: fieldsOf(error) } satisfies Answer)
    if (isTheEnd(error)) await end(error)
  } finally {
    if ('end' in request) inTransaction = undefined
  }
}

/** Whether the error ended Postgres: it would never answer another request. */
function isTheEnd(error: unknown): boolean {
  const { severity } = error as { severity?: string }
  return (error as Error).name === 'RuntimeError' || severity === 'PANIC' || severity === 'FATAL'
}

/** Begins no other request, and ends the thread after its last answer. */
function end(cause: unknown): Promise<never> {
  setImmediate(() => {
    throw cause
  })
  return new Promise<never>(() => {})
}

function fieldsOf(error: unknown): ErrorFields {
  if (!(error instanceof Error)) return { message: String(error) }
  const plain = Object.entries(error).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
  // For an SQL error, only the caller's stack is useful.
  const stack = 'severity' in error ? {} : { stack: error.stack }
  return { ...Object.fromEntries(plain), ...stack, name: error.name, message: error.message }
}

interface WaitingRequest {
  readonly port: MessagePort
  readonly request: Request
  /** Counts the port's requests. */
  readonly number: number
}

let waiting: WaitingRequest[] = []
/** The port in a transaction. There is one connection, so all others wait. */
let inTransaction: MessagePort | undefined
let isBusy = false

async function answerAll(): Promise<void> {
  if (isBusy) return
  isBusy = true
  for (let next = takeNext(); next !== undefined; next = takeNext()) await answer(next)
  isBusy = false
}

/** Requests that answer people go before background work. */
function takeNext(): WaitingRequest | undefined {
  const first = waiting.findIndex(({ port }) => port === (inTransaction ?? parentPort))
  const at = first < 0 && inTransaction === undefined ? 0 : first
  return at < 0 ? undefined : waiting.splice(at, 1)[0]
}

function listenTo(port: MessagePort): void {
  let asked = 0
  port.on('message', (request: Request) => {
    if ('drop' in request) {
      const at = waiting.findIndex((each) => each.port === port && each.number === request.drop)
      if (at >= 0) waiting[at] = { port, request, number: request.drop }
      return
    }
    waiting.push({ port, request, number: asked++ })
    void answerAll()
  })
  // A request that cannot be deserialized would never be answered. End the thread instead.
  port.on('messageerror', (error) => {
    throw error
  })
  // A closed port will not end its transaction, nor one that is about to begin.
  port.on('close', () => {
    waiting = [{ port, request: { end: 'rollback' }, number: asked }, ...waiting.filter((each) => each.port !== port)]
    void answerAll()
  })
}

if (parentPort !== null) listenTo(parentPort)
