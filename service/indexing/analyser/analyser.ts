import { availableParallelism } from 'node:os'
import { ThreadDied } from '../../threads/thread.ts'
import { ThreadPool } from '../../threads/thread-pool.ts'
import { MIB, SECOND } from '../../units.ts'
import type { AnalysedBatch, AnalysedFile, Analyser, Batch, Candidate } from '../analysis.ts'
import { mostRead } from '../files/size-limits.ts'

export interface AnalyserOptions {
  /** By default one core is left to the rest of the service. */
  readonly threads?: number
  readonly idleMs?: number
  /** What a file may take of a processor, for each half MiB begun: parsing alone ends earlier, and the text is then cut by lines. */
  readonly fileLimitMs?: number
  /** What the objects of one thread may take. */
  readonly heapMb?: number
}

// The program runs from its sources or from a bundle, beside which the thread's own bundle lies.
const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './analyser-thread.ts' : './analyser-thread.js',
  import.meta.url,
)

/** Analyses batches in threads that end when there is nothing to do. */
export function createAnalyser(options: AnalyserOptions = {}): Analyser {
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1)
  const pool = new ThreadPool<Batch, AnalysedBatch>({
    script: SCRIPT,
    purpose: 'analyses files',
    threads,
    idleMs: options.idleMs ?? 10 * SECOND,
    heapMb: options.heapMb ?? 512,
  })
  const fileLimitMs = options.fileLimitMs ?? 4 * SECOND
  const attempt: Attempt = (batch, signal) => {
    const limitMs = fileLimitMs * timesUsual(batch)
    return pool.run(batch, { limitMs, clockMs: CROWDED * limitMs, signal })
  }
  return {
    analyse: (batch, signal) => analyseWithout(batch, attempt, signal),
    close: () => pool.close(),
  }
}

/** How much longer a file may take by the clock, on a machine that has other things to do. */
const CROWDED = 10
const USUAL_BYTES = MIB / 2

/** How many times as long as a small one the largest file of a batch may take. */
function timesUsual({ files, maxFileBytes }: Batch): number {
  const read = files.map(({ path, bytes }) => Math.min(bytes, mostRead(path, maxFileBytes)))
  return Math.max(1, Math.ceil(Math.max(...read) / USUAL_BYTES))
}

type Attempt = (batch: Batch, signal?: AbortSignal) => Promise<AnalysedBatch>

/**
 * Where files end the thread that analyses them, all the others are analysed without them. A file on which its parser
 * fails is cut by lines.
 */
export async function analyseWithout(batch: Batch, attempt: Attempt, signal?: AbortSignal): Promise<AnalysedBatch> {
  let { files } = batch
  const guilty = new Map<Candidate, string>()
  for (;;) {
    const rest = { ...batch, files }
    const outcome = await survived(rest, attempt, signal)
    if (!(outcome instanceof ThreadDied)) return { ...outcome, files: [...outcome.files, ...unparsable(guilty)] }
    const failed = failedOn(rest, outcome)
    if (failed !== undefined && !failed.byLines) {
      files = files.map((file) => (file === failed ? { ...file, byLines: true } : file))
      continue
    }
    const found = late(rest, outcome) ?? (await guiltyOf(rest, outcome, attempt, signal))
    // Together they end a thread, though none does alone.
    const named = found.size > 0 ? found : new Map(files.map((file) => [file, outcome.message]))
    for (const [file, detail] of named) guilty.set(file, detail)
    files = files.filter((file) => !guilty.has(file))
  }
}

/** The file on which an error was thrown, where that is what ended the thread. */
function failedOn({ files }: Batch, { stepsDone, cause }: ThreadDied): Candidate | undefined {
  return cause === undefined || stepsDone === undefined ? undefined : files[stepsDone]
}

/** The file that took too long, where that is what ended the thread. */
function late({ files }: Batch, { stepsDone, message }: ThreadDied): ReadonlyMap<Candidate, string> | undefined {
  const file = stepsDone === undefined ? undefined : files[stepsDone]
  return file && new Map([[file, message]])
}

/** The files that end a thread even when alone, each with how, found by halving. */
async function guiltyOf(
  batch: Batch,
  death: ThreadDied,
  attempt: Attempt,
  signal?: AbortSignal,
): Promise<ReadonlyMap<Candidate, string>> {
  const [file] = batch.files
  if (file === undefined || batch.files.length === 1) return new Map(batch.files.map((each) => [each, death.message]))
  const middle = Math.ceil(batch.files.length / 2)
  const guilty = new Map<Candidate, string>()
  for (const files of [batch.files.slice(0, middle), batch.files.slice(middle)]) {
    const half = { ...batch, files }
    const outcome = await survived(half, attempt, signal)
    if (!(outcome instanceof ThreadDied)) continue
    const found = late(half, outcome) ?? (await guiltyOf(half, outcome, attempt, signal))
    for (const [each, detail] of found) guilty.set(each, detail)
  }
  return guilty
}

async function survived(batch: Batch, attempt: Attempt, signal?: AbortSignal): Promise<AnalysedBatch | ThreadDied> {
  try {
    return batch.files.length === 0 ? { files: [] } : await attempt(batch, signal)
  } catch (error) {
    if (error instanceof ThreadDied) return error
    throw error
  }
}

function unparsable(guilty: ReadonlyMap<Candidate, string>): AnalysedFile[] {
  return [...guilty].map(([{ path }, detail]) => ({ outcome: 'skipped', path, reason: 'unparsable', detail }))
}
