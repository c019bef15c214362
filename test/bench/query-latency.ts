import { EVERY_REPOSITORY } from '../../service/access/repository-scope.ts'
import { optionsOf } from './arguments.ts'
import { withIndexed } from './indexed-service.ts'

const ROUNDS = 20
const QUESTIONS = [
  'how are connections closed',
  'parse command line arguments',
  'HTTPServer',
  'read_file',
  'where is the retry delay configured',
  'JSON encoder',
  'temporary directory cleanup',
  'walk a directory tree',
  'thread pool executor shutdown',
  'match a regular expression',
]

/** Measures the latency of a search on `--folder DIR`, first and repeated, and of a regex search. */
export async function queryLatency(options: readonly string[]): Promise<number> {
  const { folder } = optionsOf(options, { folder: undefined })
  return withIndexed(folder, async ({ service: { search }, files, chunks, indexMs }) => {
    process.stdout.write(`${files} files, ${chunks} chunks, indexed in ${(indexMs / 1000).toFixed(1)} s\n`)
    const ask = async (query: string) =>
      (await search.search({ query, scope: EVERY_REPOSITORY, limit: 10, detail: 'snippets' })).latencyMs
    print('search, cold', await timed(QUESTIONS, 1, ask))
    print('search, warm', await timed(QUESTIONS, ROUNDS, ask))
    const grep = async (pattern: string) =>
      (await search.grep({ pattern, scope: EVERY_REPOSITORY, ignoreCase: false, context: 0, limit: 50 })).latencyMs
    print('grep, literal', await timed(['def shutdown', 'class HTTPServer', 'no such text'], 3, grep))
    print('grep, regex', await timed(['def \\w+_async\\(', '\\bimport \\w+ as np$', '[0-9]{12,}'], 3, grep))
    return 0
  })
}

async function timed(
  inputs: readonly string[],
  rounds: number,
  ask: (input: string) => Promise<number>,
): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) for (const input of inputs) times.push(await ask(input))
  return times.sort((a, b) => a - b)
}

function print(name: string, sorted: readonly number[]): void {
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1)
  process.stdout.write(`${name.padEnd(16)} p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  (${sorted.length} calls)\n`)
}
