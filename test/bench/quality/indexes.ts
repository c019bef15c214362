import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type OpenIndex, openIndex } from '../indexed-service.ts'
import { settingsIn } from '../settings.ts'
import type { Corpus } from './questions.ts'

export interface IndexOptions {
  /** Folder of the indexes, one folder each. Empty for a database in memory. */
  readonly indexed: string
  /** `own` for the model in the package, settings of Ollama as `NAME=value,…`, or `none` for words alone. */
  readonly hybrid: string
  /** Whether to recreate existing indexes. */
  readonly fresh: boolean
}

/** Opens the index of a corpus, creates it if missing, and brings it up to date. The caller closes it. */
export function openCorpus(corpus: Corpus, { indexed, hybrid, fresh }: IndexOptions): Promise<OpenIndex> {
  const kept = indexed === '' ? 'memory://' : join(indexed, corpus.name)
  if (fresh && indexed !== '') rmSync(kept, { recursive: true, force: true })
  const ollama = hybrid === 'own' || hybrid === 'none' ? { OLLAMA_BASE_URL: 'off' } : settingsIn(hybrid)
  return openIndex(corpus.folder, { DATA_FOLDER: kept, ...ollama }, hybrid !== 'none')
}
