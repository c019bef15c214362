import { writeFileSync } from 'node:fs'
import { optionsOf } from './arguments.ts'
import { type CorpusScores, tableOf } from './quality/compared.ts'
import { openCorpus } from './quality/indexes.ts'
import { readCorpora } from './quality/questions.ts'
import { scoresOf } from './quality/scores.ts'
import { listIn } from './settings.ts'

/**
 * Measures how well the questions in `--queries DIR` (one JSON file per repository) are answered from the source trees
 * in `--corpora DIR`: by file-level nDCG@10, or by the rank of the chunk with the definition. Searches by words alone
 * and with the vectors of `--hybrid`. `--indexed DIR` keeps the indexes, and `--fresh true` recreates them.
 */
export async function quality(options: readonly string[]): Promise<number> {
  const defaults = {
    corpora: undefined,
    queries: undefined,
    only: '',
    indexed: '',
    hybrid: 'own',
    fresh: 'false',
    json: '',
  }
  const { corpora, queries, only, json, ...given } = optionsOf(options, defaults)
  const kept = { ...given, fresh: given.fresh === 'true' }
  const scores: CorpusScores[] = []
  for (const corpus of readCorpora(corpora, queries, listIn(only))) {
    process.stderr.write(`${corpus.name}\n`)
    const index = await openCorpus(corpus, kept)
    try {
      const words = await scoresOf(index.words, corpus)
      const joined = kept.hybrid === 'none' ? {} : { hybrid: await scoresOf(index.service.search, corpus) }
      scores.push({ repository: corpus.name, words, ...joined })
    } finally {
      await index.close()
    }
  }
  process.stdout.write(tableOf(scores))
  if (json !== '') writeFileSync(json, JSON.stringify(scores, undefined, 1))
  return 0
}
