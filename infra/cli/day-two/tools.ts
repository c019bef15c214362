import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Interruption, listenForInterruption } from '../interruption.ts'
import type { Tools } from '../tools.ts'
import { makeNotes, type Notes } from './notes.ts'

/** What the commands about a stack that was made work with besides. */
export interface DayTwoTools extends Tools {
  readonly notes: Notes
  interruption(): Interruption
  /** An absolute path out of what a person typed. */
  absolute(path: string): string
  readonly now: () => Date
  /** Waits before something is looked at again, unless the signal ends it. */
  pause(signal: AbortSignal): Promise<void>
  /** Whether what is printed may be coloured. */
  readonly hasColours: boolean
  /** Aborted once nobody reads what is printed. */
  readonly unread: AbortSignal
}

const LOOKED_AGAIN_AFTER_MS = 500

export function makeDayTwoTools(tools: Tools): DayTwoTools {
  const { npm_lifecycle_event: script, INIT_CWD } = process.env
  // npm runs scripts in the package's folder and keeps the person's here.
  const from = (script === undefined ? undefined : INIT_CWD) ?? process.cwd()
  const unread = new AbortController()
  process.stdout.on('error', () => unread.abort())
  return {
    ...tools,
    notes: makeNotes(process.stderr),
    interruption: listenForInterruption,
    absolute: (path) => resolve(from, path),
    now: () => new Date(),
    pause: (signal) => delay(LOOKED_AGAIN_AFTER_MS, undefined, { signal }).catch(() => {}),
    hasColours: process.stdout.isTTY === true && process.stdout.hasColors(),
    unread: unread.signal,
  }
}
