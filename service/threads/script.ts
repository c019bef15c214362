import { parentPort, type TransferListItem } from 'node:worker_threads'
import { Fault } from '../errors.ts'
import type { ThreadMessage } from './thread.ts'

/** A task's answer, and which of its buffers to transfer instead of copying. */
interface Given<Answer> {
  readonly answer: Answer
  readonly transfer?: readonly TransferListItem[]
}

/** Does a task, and calls `stepDone` after each of its steps. */
type Work<Task, Answer> = (task: Task, stepDone: () => void) => Given<Answer> | Promise<Given<Answer>>

const MICROSECONDS_A_MS = 1000

function usedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / MICROSECONDS_A_MS
}

/** Makes this thread do the tasks that a `Thread` sends it. Any error except a `Fault` ends the thread. */
export function doTasks<Task, Answer>(work: Work<Task, Answer>): void {
  const tell = (message: ThreadMessage<Answer>, transfer: readonly TransferListItem[] = []) =>
    parentPort?.postMessage(message, transfer)

  const answer = async (task: Task) => {
    try {
      tell({ begun: true, usedMs: usedMs() })
      const given = await work(task, () => tell({ step: true, usedMs: usedMs() }))
      tell({ answer: given.answer }, given.transfer)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      tell({ fault: { code: error.code, message: error.message, remedy: error.remedy } })
    }
  }

  parentPort?.on('message', (task: Task) => void answer(task))
  tell({ ready: true })
}
