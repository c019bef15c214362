import { setTimeout as sleep } from 'node:timers/promises'
import { Refused } from '../faults.ts'
import type { Asked } from './arguments.ts'
import { lockMessage, type Pulumi } from './pulumi.ts'
import type { Terminal } from './terminal.ts'

const TRIES = 6
const TRY_EVERY_MS = 500

/**
 * Removes a stale lock of the stack. Waits briefly if its process is just exiting.
 * @throws Refused if a running process holds a lock
 */
export async function clearLock(
  asked: Asked,
  pulumi: Pick<Pulumi, 'locks' | 'unlock'>,
  { print }: Pick<Terminal, 'print'>,
): Promise<void> {
  let locks = await pulumi.locks()
  for (let tries = 1; tries < TRIES && locks.some(({ isHeld }) => isHeld); tries++) {
    await sleep(TRY_EVERY_MS)
    locks = await pulumi.locks()
  }
  if (locks.some(({ isHeld }) => isHeld)) throw new Refused(await lockMessage(asked, pulumi))
  if (locks.length === 0) return
  print('Removing the lock that a killed run left on the stack.')
  await pulumi.unlock()
}
