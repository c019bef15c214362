import { MIB } from '../../settings/kinds.ts'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 1024,
  Mi: MIB,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
}

/** An amount as Kubernetes writes it, such as 500m, 2Gi or 1e3; undefined for what is none. */
export function amountOf(quantity: string | undefined): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?(?:[eE]\d+)?)([a-zA-Z]*)$/.exec(quantity ?? '') ?? []
  const size = UNITS[unit]
  return digits === '' || size === undefined ? undefined : Number(digits) * size
}

/** Processors for people. */
export const shownCpus = (cpus: number) => `${Number(cpus.toFixed(2))} CPU`
