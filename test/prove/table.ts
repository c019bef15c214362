import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Counts, Row } from './row.ts'

interface Proven {
  readonly row: Row
  readonly counts: Counts
  readonly verdict: string
}

const FILE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url))
const HEAD = ['| row | what is done | goal | counted | | on |', '|---|---|---|---|---|---|']
const UNITS: Readonly<Record<string, string>> = { Ms: 'ms', Mb: 'MB', Percent: '%', Seconds: 's' }

/** Replaces these rows in the table of docs/reliability.md. */
export function record(proven: readonly Proven[]): void {
  const text = readFileSync(FILE, 'utf8')
  const start = text.indexOf(HEAD[0] as string)
  if (start < 0) throw new Error(`${FILE} has no table that begins with ${HEAD[0]}`)
  const lines = text.slice(start).split('\n')
  const after = lines.findIndex((line) => !line.startsWith('|'))
  const rest = after < 0 ? [] : lines.slice(after)
  const old = lines.slice(HEAD.length, after < 0 ? undefined : after)
  const byRow = new Map(old.map((line) => [line.split('|')[1]?.trim() ?? '', line]))
  for (const each of proven) byRow.set(each.row.row, lineOf(each))
  const sorted = [...byRow].toSorted(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
  writeFileSync(FILE, text.slice(0, start) + [...HEAD, ...sorted.map(([, line]) => line), ...rest].join('\n'))
}

function lineOf({ row: { row, about, goal }, counts, verdict }: Proven): string {
  const machine = `${cpus().length} processors, ${Math.round(totalmem() / 2 ** 30)} GiB`
  return `| ${[row, about, goal, countsShown(counts), verdict, machine].join(' | ')} |`
}

/** Formats `{ kills: 500, slowestMs: 12.3 }` as `500 kills, slowest 12 ms`. */
export function countsShown(counts: Counts): string {
  return Object.entries(counts).map(shown).join(', ')
}

function shown([name, value]: [string, number]): string {
  const [, words = name, unit] = /^(.*?)(Ms|Mb|Percent|Seconds)?$/.exec(name) ?? []
  const told = words.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  const number = Math.abs(value) >= 10 ? Math.round(value) : Math.round(value * 10) / 10
  const figure = number.toLocaleString('en')
  return unit === undefined ? `${figure} ${told}` : `${told} ${figure} ${UNITS[unit]}`
}
