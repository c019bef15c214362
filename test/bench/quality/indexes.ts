import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type OpenIndex, openIndex } from '../indexed-service.ts'
import { settingsIn } from '../settings.ts'
import type { Corpus } from './questions.ts'

export interface IndexOptions {
  /** Where indexes are kept, a folder each; empty for a database in memory. */
  readonly indexed: string
  /** `own`: the model in the package; settings of Ollama, as `NAME=value` with commas; `none`: words alone. */
  readonly hybrid: string
  /** Whether what is kept is made again. */
  readonly fresh: boolean
}

/** A corpus's index, made where it is not there yet, and brought up to date; whoever opens it closes it. */
export function openCorpus(corpus: Corpus, { indexed, hybrid, fresh }: IndexOptions): Promise<OpenIndex> {
  const kept = indexed === '' ? 'memory://' : join(indexed, corpus.name)
  if (fresh && indexed !== '') rmSync(kept, { recursive: true, force: true })
  const ollama = hybrid === 'own' || hybrid === 'none' ? { OLLAMA_BASE_URL: 'off' } : settingsIn(hybrid)
  return openIndex(corpus.folder, { DATA_FOLDER: kept, ...ollama }, hybrid !== 'none')
}
