export interface Usage {
  /** Bytes. */
  readonly memory: number
  /** Of one processor. */
  readonly cpuPercent: number
}

/** A row of `docker stats` as JSON. */
interface StatsRow {
  readonly Name: string
  readonly MemUsage: string
  readonly CPUPerc: string
}

/** @param row as `docker stats --format '{{json .}}'` prints it; undefined for a container that has just ended */
export function usageOf(row: string): readonly [name: string, usage: Usage] | undefined {
  const { Name, MemUsage, CPUPerc } = JSON.parse(row) as StatsRow
  const [, amount, unit = ''] = /^([\d.]+)([A-Za-z]+) /.exec(MemUsage) ?? []
  const size = UNITS[unit]
  if (amount === undefined || size === undefined) return undefined
  return [Name, { memory: Number(amount) * size, cpuPercent: Number.parseFloat(CPUPerc) }]
}

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
}
