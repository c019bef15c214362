import { parseArgs } from 'node:util'
import { inContext } from './context.ts'
import { type Found, findPostgres } from './postgres.ts'
import { type Counts, type Form, LeftOut, type Row } from './row.ts'
import { ROWS } from './rows.ts'
import { countsShown, record } from './table.ts'

const USAGE = `Usage: npm run prove -- [--short] [--row ROW]…
  --short    repeat each step only a few times, in minutes; do not write the table
  --row ROW  run only this row; may be repeated`

interface Outcome {
  readonly row: Row
  readonly counts?: Counts
  readonly verdict: 'holds' | 'falls short' | 'failed' | 'left out'
  /** Why the row was left out. */
  readonly reason?: string
  /** Whether nothing could be installed or configured on this machine to let the row run. */
  readonly excused?: boolean
}

process.exitCode = await main(process.argv.slice(2))

/** Runs the rows. Returns 1 if one falls short. */
async function main(given: readonly string[]): Promise<number> {
  const asked = argumentsIn(given)
  if (asked === undefined) return 2
  const { rows, form } = asked
  const found: Found = rows.some(({ needsPostgres }) => needsPostgres)
    ? await findPostgres()
    : { missing: 'no row needs it', pip: true }
  const outcomes = await proveAll(rows, form, found)
  if (form === 'full') {
    record(outcomes.flatMap(({ row, counts, verdict }) => (counts === undefined ? [] : [{ row, counts, verdict }])))
  }
  const leftOut = outcomes.filter(({ verdict }) => verdict === 'left out')
  for (const { row, reason } of leftOut) print(`left out: ${row.row} (${reason})`)
  const short = outcomes.filter(({ verdict }) => verdict === 'falls short' || verdict === 'failed')
  print(
    `${outcomes.length - short.length - leftOut.length} rows hold, ${short.length} do not, ${leftOut.length} are left out`,
  )
  return short.length > 0 || leftOut.some(({ excused }) => excused !== true) ? 1 : 0
}

function argumentsIn(given: readonly string[]): { rows: readonly Row[]; form: Form } | undefined {
  try {
    const options = { short: { type: 'boolean' }, row: { type: 'string', multiple: true } } as const
    const { short = false, row: names } = parseArgs({ args: [...given], options }).values
    for (const name of names ?? []) {
      if (!ROWS.some(({ row }) => row === name)) {
        throw new Error(
          `There is no row ${JSON.stringify(name)}. The rows are: ${ROWS.map(({ row }) => row).join(', ')}`,
        )
      }
    }
    const rows = ROWS.filter(({ row }) => names === undefined || names.includes(row))
    return { rows, form: short ? 'short' : 'full' }
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`)
    return undefined
  }
}

/** Runs the rows one after the other. In the short form, rows that mostly wait run beside later rows. */
async function proveAll(rows: readonly Row[], form: Form, found: Found): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let waiting = Promise.resolve()
  for (const row of rows) {
    const begin = async () => void outcomes.push(await prove(row, form, found))
    if (form === 'short' && row.mostlyWaits === true) waiting = waiting.then(begin)
    else await begin()
  }
  await waiting
  return outcomes
}

async function prove(row: Row, form: Form, found: Found): Promise<Outcome> {
  const bin = 'bin' in found ? found.bin : undefined
  if (row.needsPostgres && 'missing' in found) {
    return { row, verdict: 'left out', reason: found.missing, excused: !found.pip }
  }
  print(`${row.row}  ${row.about}`)
  const startedAt = performance.now()
  const seconds = () => `${Math.round((performance.now() - startedAt) / 1000)} s`
  try {
    const counts = await inContext(bin, (context) => row.run(context, form))
    const verdict = row.holds(counts, form) ? 'holds' : 'falls short'
    print(`    ${row.row}: ${countsShown(counts)}\n    ${row.row} ${verdict} after ${seconds()}. Goal: ${row.goal}`)
    return { row, counts, verdict }
  } catch (error) {
    if (error instanceof LeftOut) return { row, verdict: 'left out', reason: error.message, excused: true }
    print(
      `    ${row.row}: failed after ${seconds()}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
    return { row, verdict: 'failed' }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
