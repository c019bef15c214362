import { shownBytes, shownCpus } from '../../quantities.ts'

/** Formats an amount of a resource for people. */
export function shownAmount(resource: string, amount: number): string {
  if (/(memory|storage)$/.test(resource)) return shownBytes(amount)
  return /(^|\.)cpu$/.test(resource) ? shownCpus(amount) : String(amount)
}
