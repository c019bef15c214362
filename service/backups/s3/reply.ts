import { Fault } from '../../errors.ts'
import { MINUTE, SECOND } from '../../units.ts'
import { textIn } from './xml.ts'

export type Pause = (ms: number) => Promise<unknown>

/** A server in messages, and the remedies if it does not answer or refuses. */
export interface Place {
  readonly place: string
  readonly variable: string
  /** By the code of an error. */
  readonly remedies: Readonly<Record<string, string>>
  readonly otherwise: string
}

const TRIES = 5
/** Time limit until the response begins. Its body may take longer. */
const ANSWER_TIMEOUT_MS = 5 * MINUTE

/**
 * Returns a successful response. Sends again if the server is busy or briefly unavailable.
 * @throws Fault `backup_storage_failed`
 */
export async function answered(
  send: (signal: AbortSignal) => Promise<Response>,
  place: Place,
  pause: Pause,
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const reply = await inTime(send).catch((error: Error) => error)
    if (!(reply instanceof Error) && reply.ok) return reply
    if (attempt === TRIES || !isPassing(reply)) throw await faultOf(reply, place)
    await pause(100 * 4 ** attempt)
  }
}

async function inTime(work: (signal: AbortSignal) => Promise<Response>): Promise<Response> {
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${ANSWER_TIMEOUT_MS / SECOND} s`)),
    ANSWER_TIMEOUT_MS,
  )
  return work(late.signal).finally(() => clearTimeout(timer))
}

const isPassing = (reply: Response | Error) => reply instanceof Error || reply.status >= 500 || reply.status === 429

async function faultOf(reply: Response | Error, to: Place): Promise<Fault> {
  const { place, variable, remedies, otherwise } = to
  if (reply instanceof Error) {
    const cause = reply.cause as NodeJS.ErrnoException | undefined
    return new Fault(
      'backup_storage_failed',
      `${place} does not answer (${cause?.code ?? cause?.message ?? reply.message})`,
      `Check ${variable}, and that this machine may connect to it`,
      { cause: reply },
    )
  }
  const xml = await reply.text().catch(() => '')
  const code = textIn(xml, 'Code') ?? `status ${reply.status}`
  return new Fault(
    'backup_storage_failed',
    `${place} refuses: ${code}${xml === '' ? '' : ` (${textIn(xml, 'Message') ?? 'without a reason'})`}`,
    remedies[code] ?? otherwise,
  )
}
