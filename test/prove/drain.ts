import { setTimeout as delay } from 'node:timers/promises'
import { LISTEN } from '../fakes/mcp-messages.ts'
import { type Program, startProgram } from '../service/modes/run-program.ts'
import { Connection, closesAfter, type RawAnswer, requestOf } from './connection.ts'

export interface Drains {
  readonly signals: number
  /** Requests that were sent before or during the drain; `failed` counts those without a good answer. */
  readonly requests: number
  readonly failed: number
  /** Descriptions of the first failures. */
  readonly failures: readonly string[]
  /** Streams that were open; `cutStreams` counts those that were cut off. */
  readonly streams: number
  readonly cutStreams: number
  /** Servers that exited with a code other than 0. */
  readonly wrongExits: number
  readonly slowestExitMs: number
}

interface Options {
  readonly signals: number
  /** Variables of each server, which name the database. */
  readonly environment: Readonly<Record<string, string>>
  readonly log?: (line: string) => void
}

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_repositories', arguments: {} } }
const REQUESTS = [
  requestOf('POST', '/mcp', CALL),
  requestOf('POST', '/v1/search', { query: 'where is what is sent kept' }),
  requestOf('GET', '/v1/repositories'),
  requestOf('GET', '/livez'),
]
/** Answers of a server before it gets SIGTERM. */
const WARM_UP_ANSWERS = 100
const LATE_MS = [0, 20, 100, 250, 400]

/** F7: servers that get SIGTERM under load. */
export async function drains({ signals, environment, log = () => {} }: Options): Promise<Drains> {
  const tally = new Tally()
  let wrongExits = 0
  let slowestExitMs = 0
  let told = 0
  for (let at = 0; at < signals; at++) {
    const { code, ms, stderr } = await drainOnce(environment, tally)
    slowestExitMs = Math.max(slowestExitMs, ms)
    if (code !== 0) wrongExits += 1
    if (code !== 0) tally.failures.push(`exit ${code}: ${stderr.slice(-500)}`)
    log(
      `${at + 1} of ${signals}: exit ${code} after ${Math.round(ms)} ms, ${tally.requests} requests, ${tally.failed} failed`,
    )
    for (const how of tally.failures.slice(told)) log(how)
    told = tally.failures.length
  }
  const { requests, failed, streams, cutStreams } = tally
  return {
    signals,
    requests,
    failed,
    failures: tally.failures.slice(0, 10),
    streams,
    cutStreams,
    wrongExits,
    slowestExitMs,
  }
}

class Tally {
  requests = 0
  answered = 0
  failed = 0
  streams = 0
  cutStreams = 0
  readonly failures: string[] = []

  /** Sends `count` requests together and counts them. Returns the good answers. */
  async ask(kind: string, connection: Connection, bytes: string, count = 1): Promise<RawAnswer[]> {
    const answers = Array.from({ length: count }, () => connection.answer())
    connection.send(bytes)
    return this.expect(kind, answers)
  }

  async expect(kind: string, answers: readonly Promise<RawAnswer>[]): Promise<RawAnswer[]> {
    this.requests += answers.length
    const came: RawAnswer[] = []
    for (const settled of await Promise.allSettled(answers)) {
      if (settled.status === 'fulfilled' && settled.value.status === 200) came.push(settled.value)
      else this.#fail(`${kind}: ${settled.status === 'fulfilled' ? settled.value.body : String(settled.reason)}`)
    }
    this.answered += came.length
    return came
  }

  #fail(how: string): void {
    this.failed += 1
    this.failures.push(how)
  }
}

async function drainOnce(environment: Options['environment'], tally: Tally) {
  const program = startProgram(['serve'], { PORT: '0', LOG_LEVEL: 'info', ...environment })
  try {
    return await drainUnderLoad(program, await portOf(program), tally)
  } finally {
    program.child.kill('SIGKILL')
  }
}

async function drainUnderLoad(program: Program, port: number, tally: Tally) {
  const stop = new AbortController()
  const load = Promise.all([
    ...REQUESTS.flatMap((request) => [
      loop(port, request, tally, stop.signal),
      loop(port, request, tally, stop.signal),
    ]),
    pipelines(port, tally, stop.signal),
    pipelines(port, tally, stop.signal),
    pausing(port, tally, stop.signal),
    stream(port, tally),
  ])
  const answeredBefore = tally.answered
  while (tally.answered < answeredBefore + WARM_UP_ANSWERS) await delay(5)
  const halves = await Promise.all(LATE_MS.flatMap((ms) => [half(port, ms, 'head'), half(port, ms, 'body')]))
  // Gives the halves time to arrive.
  await delay(50)
  const stoppedAt = performance.now()
  program.child.kill('SIGTERM')
  stop.abort()
  const rests = halves.map((rest) => rest?.(tally))
  const { code, stderr } = await program.ended
  const ms = performance.now() - stoppedAt
  await Promise.all([load, ...rests])
  return { code, ms, stderr }
}

async function portOf(program: Program): Promise<number> {
  for (;;) {
    const port = /"url":"http:\/\/[^"]*:(\d+)"/.exec(program.stderr())?.[1]
    if (port !== undefined) return Number(port)
    if (program.child.exitCode !== null) throw new Error(`The server did not start: ${program.stderr()}`)
    await delay(10)
  }
}

/** Opens a connection. Undefined if the server has stopped listening. */
async function opened(port: number): Promise<Connection | undefined> {
  try {
    return await Connection.open(port)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return undefined
    throw error
  }
}

/**
 * Sends one request after the other on a connection until the server closes it. Opens another one only before the
 * drain.
 */
async function loop(port: number, bytes: string, tally: Tally, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    const connection = await opened(port)
    if (connection === undefined) return
    for (;;) {
      const [answer] = await tally.ask('one after the other', connection, bytes)
      if (answer === undefined || closesAfter(answer)) break
    }
    connection.close()
  }
}

/** Sends a request now and then on one connection, like an agent of a person. */
async function pausing(port: number, tally: Tally, stopped: AbortSignal): Promise<void> {
  const connection = await opened(port)
  if (connection === undefined) return
  let isOpen = true
  void connection.closed.then(() => (isOpen = false))
  while (isOpen && !stopped.aborted) {
    const [answer] = await tally.ask('now and then', connection, REQUESTS[0] as string)
    if (answer === undefined || closesAfter(answer)) break
    await delay(40)
  }
  connection.close()
}

/** Sends four pipelined requests, again and again. */
async function pipelines(port: number, tally: Tally, stopped: AbortSignal): Promise<void> {
  const connection = await opened(port)
  if (connection === undefined) return
  for (;;) {
    const answers = await tally.ask('at once', connection, REQUESTS.join(''), REQUESTS.length)
    if (answers.length < REQUESTS.length || answers.some(closesAfter)) break
  }
  connection.close()
  if (!stopped.aborted) await pipelines(port, tally, stopped)
}

/** Sends half of a request. Returns a function that sends the rest after `ms`. */
async function half(port: number, ms: number, part: 'head' | 'body') {
  const bytes = REQUESTS[1] as string
  const at = part === 'head' ? 30 : bytes.indexOf('\r\n\r\n') + 10
  const connection = await opened(port)
  if (connection === undefined) return undefined
  const answer = connection.answer()
  connection.send(bytes.slice(0, at))
  return async (tally: Tally): Promise<void> => {
    await delay(ms)
    connection.send(bytes.slice(at))
    await tally.expect(`the rest of a ${part} after ${ms} ms`, [answer])
    connection.close()
  }
}

/** Keeps a stream open until the server ends it. */
async function stream(port: number, tally: Tally): Promise<void> {
  const connection = await opened(port)
  if (connection === undefined) return
  const ended = connection.answer()
  connection.send(LISTEN)
  tally.streams += 1
  const answer = await ended.catch((error: Error) => tally.failures.push(`a stream: ${error.message}`))
  if (typeof answer === 'number' || answer.status !== 200) tally.cutStreams += 1
  connection.close()
}
