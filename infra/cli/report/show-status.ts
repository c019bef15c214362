import { wayInto } from '../../client-settings.ts'
import { counted, table } from '../../plan/table.ts'
import { npmRun } from '../../printed-commands.ts'
import { shownAge, shownBytes } from '../../quantities.ts'
import type { Asked } from '../arguments.ts'
import type { IndexedRepository, IndexJob, ListedSource } from './server.ts'
import type { PartReport, Report } from './status.ts'

const MARKS = { failing: 'x', degraded: '!' }
const WORDS = { ok: 'healthy', degraded: 'degraded', failing: 'failing' }

/** Formats the report as text. @param now time relative to which ages are shown */
export function showStatus(asked: Asked, report: Report, now: Date): string {
  const { state, problems, parts, addresses, outside, index } = report
  if (state === 'absent') return noStack(asked)
  if (state === 'down') {
    return `The stack ${asked.stack} is down: \`${npmRun(asked, 'up')}\` starts it with its existing index.`
  }
  const sections = [
    [
      `The stack ${asked.stack} is ${WORDS[state]}.`,
      ...problems.map((each) => `  ${MARKS[each.state]} ${each.detail}`),
    ],
    table(withoutEmpty([HEAD, ...parts.map((part) => rowOf(part, now))])),
    Object.entries(addresses).map(([part, address]) => `${part}: ${address}`),
    ...(outside === undefined ? [] : [wayInto(outside)]),
    ...(index === undefined
      ? []
      : [
          (index.sources ?? []).map((source) => sourceLine(source, now)),
          (index.repositories ?? []).map(repositoryLine),
          (index.jobs ?? []).filter(isOpen).map(jobLine),
        ]),
    ...(index?.repositories?.length === 0 ? [['Nothing is indexed yet.']] : []),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

const noStack = (asked: Asked) =>
  `There is no stack ${JSON.stringify(asked.stack)}: \`${npmRun(asked, 'up')}\` creates it. For repositories that \`npm start\` indexed without a stack, run: npm run index:status`

/** Returns the rows without the columns that are empty. @param rows with the head first */
function withoutEmpty([head = [], ...body]: readonly (readonly string[])[]): string[][] {
  const columns = head.flatMap((_, column) => (body.some((row) => row[column] !== '-') ? [column] : []))
  return [head, ...body].map((row) => columns.map((column) => row[column] ?? ''))
}

const HEAD = ['part', 'state', 'ready', 'age', 'restarts', 'last exit', 'memory', 'CPU', 'image']

function rowOf(report: PartReport, now: Date): string[] {
  const { part, state, ready, wanted, since, restarts, ended, memory, memoryLimit, cpuPercent, cpuLimit, image } =
    report
  const ago = (time: string) => shownAge((now.getTime() - Date.parse(time)) / 1000)
  const end = ended === undefined ? '-' : `${ended.reason} (${ended.exitCode})`
  return [
    part,
    state,
    wanted === 1 ? '-' : `${ready}/${wanted ?? '?'}`,
    since === undefined ? '-' : ago(since),
    String(restarts),
    ended?.at === undefined ? end : `${end}, ${ago(ended.at)} ago`,
    ofLimit(memory, memoryLimit, shownBytes),
    ofLimit(
      cpuPercent,
      cpuLimit === undefined ? undefined : cpuLimit * 100,
      (percent) => `${Number(percent.toFixed(1))} %`,
    ),
    image ?? '-',
  ]
}

function ofLimit(amount: number | undefined, limit: number | undefined, shown: (amount: number) => string): string {
  if (amount === undefined) return '-'
  return limit === undefined ? shown(amount) : `${shown(amount)} of ${shown(limit)}`
}

function repositoryLine({ name, state, files, chunks, embedded, age }: IndexedRepository): string {
  const share = chunks === 0 ? '' : ` (${Math.floor((embedded / chunks) * 100)} % embedded)`
  const when = age === undefined ? 'not indexed yet' : `indexed ${shownAge(age)} ago`
  return `${name}: ${state}, ${files} files, ${chunks} chunks${share}, ${when}`
}

function sourceLine({ url, repositories, listed_at, fault }: ListedSource, now: Date): string {
  const when =
    listed_at === undefined
      ? 'not listed yet'
      : `listed ${shownAge((now.getTime() - Date.parse(listed_at)) / 1000)} ago`
  return `${url}: ${counted(repositories, 'repository', 'repositories')}, ${when}${fault === undefined ? '' : ', but cannot be listed now'}`
}

export const isOpen = ({ state }: IndexJob) => state === 'queued' || state === 'running'

/** Formats the progress of a job as one line. */
export function jobLine({ repository, kind, state, progress, ...counts }: IndexJob): string {
  const [done = 0, total = '?', unit] =
    kind === 'index'
      ? [counts.files_done, counts.files_total, 'files']
      : [counts.chunks_embedded, counts.chunks_to_embed, 'chunks']
  const what = kind === 'index' ? 'indexing' : 'embedding'
  if (state === 'queued') return `${repository}: ${what} is queued`
  return `${repository}: ${what}, ${Math.round(progress * 100)} %, ${done} of ${total} ${unit}`
}
