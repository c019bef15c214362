import { ablation } from './ablation.ts'
import { WrongOptions } from './arguments.ts'
import { docQuestions } from './doc-questions.ts'
import { editLatency } from './edit-latency.ts'
import { everyday } from './everyday.ts'
import { fakeEmbedder } from './fake-embedder.ts'
import { grep } from './grep.ts'
import { hybrid } from './hybrid.ts'
import { image } from './image.ts'
import { indexRun } from './index-run.ts'
import { learn } from './learn.ts'
import { names } from './names.ts'
import { quality } from './quality.ts'
import { queryLatency } from './query-latency.ts'

/** Benchmarks by name. Each prints a table and returns the exit code. */
const BENCHES: Readonly<Record<string, (options: readonly string[]) => Promise<number>>> = {
  ablation,
  'doc-questions': docQuestions,
  'edit-latency': editLatency,
  everyday,
  'fake-embedder': fakeEmbedder,
  grep,
  hybrid,
  image,
  'index-run': indexRun,
  learn,
  names,
  quality,
  'query-latency': queryLatency,
}

const [name = '', ...options] = process.argv.slice(2)
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
if (bench === undefined) {
  process.stderr.write(
    `${name === '' ? 'Name a benchmark' : `There is no benchmark ${JSON.stringify(name)}`}. The benchmarks are:\n`,
  )
  for (const known of Object.keys(BENCHES)) process.stderr.write(`  ${known}\n`)
  process.exitCode = 1
} else {
  process.exitCode = await bench(options).catch((error: unknown) => {
    if (!(error instanceof WrongOptions)) throw error
    process.stderr.write(`${name}: ${error.message}\n`)
    return 2
  })
}
