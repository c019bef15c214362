import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { unusedPort } from '../fakes/unused-port.ts'
import { type Program, startProgram } from '../service/modes/run-program.ts'
import { call, msUntil, writeCode } from './calls.ts'
import { write } from './corpus.ts'

/** Node itself catches the other signals. */
const SIGHUP = 1
const READY_MS = 60_000
const POLL_MS = 2
/** By then, most servers have indexed the folder. */
const LONGEST_LIFE_MS = 5000
const NEW_EVERY = 4

/** Signals to send, with the delay after the one before. */
const WAYS: readonly (readonly (readonly [NodeJS.Signals, number])[])[] = [
  [['SIGTERM', 0]],
  [['SIGINT', 0]],
  [['SIGHUP', 0]],
  [
    ['SIGTERM', 0],
    ['SIGTERM', 30],
  ],
  [
    ['SIGINT', 0],
    ['SIGINT', 0],
  ],
]

export interface EarlyStops {
  readonly stops: number
  /** Servers that exited with a code other than 0, or could not close everything. */
  readonly wrongExits: number
  /** Servers that left a lock, an announcement or a process behind. */
  readonly leftBehind: number
  readonly slowestExitMs: number
  /** Whether the next server finds what was last written. */
  readonly answersAfterwards: number
  readonly failures: readonly string[]
}

interface Options {
  readonly stops: number
  /** An empty folder. */
  readonly folder: string
  /** Variables of each server, which name the database. */
  readonly environment: Readonly<Record<string, string>>
  /** Folder of the embedded database, if it is one. */
  readonly data?: string
  /** Makes the next server start with an empty database. */
  readonly renew: () => unknown
}

/** F12: servers that are told to stop at any moment of their start and first index. */
export async function stopEarly({ stops, folder, environment, data, renew }: Options): Promise<EarlyStops> {
  const code = writeCode(join(folder, 'code'), 60)
  const failures: string[] = []
  const counted = { wrongExits: 0, leftBehind: 0, slowestExitMs: 0 }
  const start = async () => {
    const port = await unusedPort()
    const settings = { LOG_LEVEL: 'warn', NO_COLOR: '1', HOME: folder, PORT: String(port), ...environment }
    return { program: startProgram(['serve', code], settings, folder), port }
  }
  for (let at = 0; at < stops; at++) {
    if (at % NEW_EVERY === 0) await renew()
    write(code, 'changed.ts', `export function written${at}() {\n  return ${at}\n}\n`)
    const { program } = await start()
    await untilItListensToSignals(program)
    const ms = LONGEST_LIFE_MS * Math.random() ** 2
    await Promise.race([delay(ms), program.ended])
    const way = WAYS[at % WAYS.length] ?? []
    const sentAt = performance.now()
    for (const [signal, after] of way) {
      await delay(after)
      program.child.kill(signal)
    }
    const timer = setTimeout(() => program.child.kill('SIGKILL'), READY_MS)
    const { code: exit, stderr } = await program.ended
    clearTimeout(timer)
    counted.slowestExitMs = Math.max(counted.slowestExitMs, performance.now() - sentAt)
    const about = `stop ${at} (${way.map(([signal]) => signal).join(' ')}) after ${Math.round(ms)} ms`
    if (exit !== 0 || WRONG.test(stderr)) {
      counted.wrongExits += 1
      failures.push(`${about}: exit ${exit}: ${stderr.slice(-1000)}`)
    }
    const left = data !== undefined && existsSync(data) ? readdirSync(data).filter(isLeft) : []
    if (left.length > 0) {
      counted.leftBehind += 1
      failures.push(`${about} leaves ${left.join(' ')}`)
    }
  }
  const { program, port } = await start()
  const found = async () => {
    const { body } = await call(`http://127.0.0.1:${port}/v1/grep`, { pattern: `written${stops - 1}\\b` })
    return body.includes('changed.ts')
  }
  const answersAfterwards = await msUntil(found, READY_MS, 'the next server answers').then(
    () => 1,
    () => 0,
  )
  if (answersAfterwards === 0) failures.push(`the next server: ${program.stderr().slice(-1000)}`)
  program.child.kill('SIGKILL')
  await program.ended
  return { stops, ...counted, answersAfterwards, failures }
}

/** What a server logs that fails while it closes, rather than in what it no longer needs. */
const WRONG = /was not caught|nothing handled it|could not be closed|did not close in time/

const isLeft = (name: string) => /^(?:lock|server\.json)/.test(name)

/** Before that, a signal ends any process. */
async function untilItListensToSignals({ child }: Program): Promise<void> {
  while (child.exitCode === null) {
    const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? '0'
    if (((BigInt(`0x${caught}`) >> BigInt(SIGHUP - 1)) & 1n) === 1n) return
    await delay(POLL_MS)
  }
}
