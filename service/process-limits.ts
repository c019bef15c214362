import { readFileSync } from 'node:fs'
import { Fault } from './errors.ts'
import { GIB } from './units.ts'

/** V8 reserves about 10 GiB of addresses for each WebAssembly memory, of which it uses hardly any. */
const NEEDED_ADDRESSES = 64 * GIB

/**
 * Refuses to run with too few addresses: V8 would end the process, or single threads of it, somewhere in the middle of
 * their work.
 * @throws Fault `configuration_invalid`
 */
export function refuseFewAddresses(limits = ownLimits()): void {
  // No digits if it is unlimited.
  const bytes = Number(/^Max address space +(\d+)/m.exec(limits)?.[1] ?? NEEDED_ADDRESSES)
  if (bytes >= NEEDED_ADDRESSES) return
  throw new Fault(
    'configuration_invalid',
    `The process may use ${(bytes / GIB).toFixed(1)} GiB of addresses, and needs ${NEEDED_ADDRESSES / GIB} GiB, almost all of which it only reserves`,
    'Start it without that limit, as with ulimit -v unlimited; to limit its memory, use a container, or MemoryMax of systemd',
  )
}

/** Returns the limits that the system tells of. Only Linux does. */
function ownLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}
