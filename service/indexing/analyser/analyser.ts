import { availableParallelism } from 'node:os'
import { ThreadDied } from '../../threads/thread.ts'
import { ThreadPool } from '../../threads/thread-pool.ts'
import { MIB, SECOND } from '../../units.ts'
import type { AnalysedBatch, AnalysedFile, Analyser, Batch, Candidate } from '../analysis.ts'
import { mostRead } from '../files/size-limits.ts'

export interface AnalyserOptions {
  /** Default: one core is left to the rest of the service. */
  readonly threads?: number
  readonly idleMs?: number
  /**
   * Processor time for each started half MiB of a file. Parsing has a lower limit, after which the text is divided by
   * lines.
   */
  readonly fileLimitMs?: number
  /** Heap limit of a thread. */
  readonly heapMb?: number
}

// The program runs from its sources, or from a bundle with the thread's bundle beside it.
const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './analyser-thread.ts' : './analyser-thread.js',
  import.meta.url,
)

/** Creates an analyser whose threads end when there is nothing to do. */
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

/** How many times longer a file may take in wall-clock time, on a busy machine. */
const CROWDED = 10
const USUAL_BYTES = MIB / 2

/** Returns how many times longer than a small file a batch's largest file may take. */
function timesUsual({ files, maxFileBytes }: Batch): number {
  const read = files.map(({ path, bytes }) => Math.min(bytes, mostRead(path, maxFileBytes)))
  return Math.max(1, Math.ceil(Math.max(...read) / USUAL_BYTES))
}

type Attempt = (batch: Batch, signal?: AbortSignal) => Promise<AnalysedBatch>

/**
 * If files end the thread that analyses them, all others are analysed without them. A file on which its parser
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
    // Together they end a thread, although none does alone.
    const named = found.size > 0 ? found : new Map(files.map((file) => [file, outcome.message]))
    for (const [file, detail] of named) guilty.set(file, detail)
    files = files.filter((file) => !guilty.has(file))
  }
}

/** Returns the file on which the thread threw the error that ended it. Undefined if it ended for another reason. */
function failedOn({ files }: Batch, { stepsDone, cause }: ThreadDied): Candidate | undefined {
  return cause === undefined || stepsDone === undefined ? undefined : files[stepsDone]
}

/** Returns the file that took too long, if that ended the thread. */
function late({ files }: Batch, { stepsDone, message }: ThreadDied): ReadonlyMap<Candidate, string> | undefined {
  const file = stepsDone === undefined ? undefined : files[stepsDone]
  return file && new Map([[file, message]])
}

/** Finds the files that end a thread even alone, by halving the batch, and how each ends it. */
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

/** Tries a batch again if its thread was held up, by other programs or a machine that slept: that says nothing about it. */
async function survived(batch: Batch, attempt: Attempt, signal?: AbortSignal): Promise<AnalysedBatch | ThreadDied> {
  const outcome = await tried(batch, attempt, signal)
  return outcome instanceof ThreadDied && outcome.wasHeldUp ? tried(batch, attempt, signal) : outcome
}

async function tried(batch: Batch, attempt: Attempt, signal?: AbortSignal): Promise<AnalysedBatch | ThreadDied> {
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
