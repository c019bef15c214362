import { shownAge, shownMebibytes } from '../quantities.ts'
import type { Overall, PartReport, StatusReport } from './report.ts'
import type { IndexedRepository, IndexJob } from './server.ts'

const MARKS = { failing: 'x', degraded: '!' }

/** The report for people. @param now what times that have passed are counted from */
export function showStatus(stack: string, report: StatusReport, now: Date): string {
  return showOverall(stack, report, [HEAD, ...report.parts.map((part) => rowOf(part, now))])
}

/** @param rows a table of the parts, its head first */
export function showOverall(stack: string, report: Overall, rows: readonly (readonly string[])[]): string {
  const { state, problems, addresses, index } = report
  if (state === 'down') return `The stack ${stack} is down: \`npm run up\` starts it, with the index that it had.`
  const sections = [
    [`The stack ${stack} is ${WORDS[state]}.`, ...problems.map((each) => `  ${MARKS[each.state]} ${each.detail}`)],
    table(rows),
    Object.entries(addresses).map(([part, address]) => `${part}: ${address}`),
    ...(index === undefined ? [] : [index.repositories.map(repositoryLine), index.jobs.filter(isOpen).map(jobLine)]),
    ...(index?.repositories.length === 0 ? [['Nothing is indexed yet.']] : []),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

const WORDS = { ok: 'healthy', degraded: 'degraded', failing: 'failing', absent: 'absent' }

const HEAD = ['part', 'state', 'for', 'restarts', 'memory', 'CPU', 'image']

function rowOf({ part, state, health, since, ...more }: PartReport, now: Date): string[] {
  const { memory, memoryLimit, cpuPercent, cpuLimit, image, digest } = more
  return [
    part,
    health === undefined || state !== 'running' ? state : health,
    since === undefined ? '-' : shownAge((now.getTime() - Date.parse(since)) / 1000),
    String(more.restarts ?? '-'),
    ofLimit(memory === undefined ? undefined : shownMebibytes(memory), memoryLimit && shownMebibytes(memoryLimit)),
    ofLimit(cpuPercent === undefined ? undefined : `${cpuPercent} %`, cpuLimit && `${cpuLimit * 100} %`),
    image === undefined ? '-' : imageWords(image, digest ?? ''),
  ]
}

function ofLimit(amount: string | undefined, limit: string | number | undefined): string {
  if (amount === undefined) return '-'
  return limit ? `${amount} of ${limit}` : amount
}

/** An image that is known by its digest alone is not told twice. */
function imageWords(reference: string, digest: string): string {
  const short = digest.replace(/^sha256:/, '').slice(0, 12)
  return reference.startsWith('sha256:') ? short : `${reference} ${short}`
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function repositoryLine({ name, state, files, chunks, embedded, age }: IndexedRepository): string {
  const share = chunks === 0 ? '' : ` (${Math.floor((embedded / chunks) * 100)} % embedded)`
  const when = age === undefined ? 'not indexed yet' : `indexed ${shownAge(age)} ago`
  return `${name}: ${state}, ${files} files, ${chunks} chunks${share}, ${when}`
}

export const isOpen = ({ state }: IndexJob) => state === 'queued' || state === 'running'

/** What a job is at, on one line. */
export function jobLine({ repository, kind, state, progress, ...counts }: IndexJob): string {
  const [done = 0, total = '?', unit] =
    kind === 'index'
      ? [counts.files_done, counts.files_total, 'files']
      : [counts.chunks_embedded, counts.chunks_to_embed, 'chunks']
  const what = kind === 'index' ? 'indexing' : 'embedding'
  if (state === 'queued') return `${repository}: ${what} is queued`
  return `${repository}: ${what}, ${Math.round(progress * 100)} %, ${done} of ${total} ${unit}`
}
