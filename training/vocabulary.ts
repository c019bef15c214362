/**
 * Writes service/tools/vocabulary.bin, by which the tokens of an answer are counted, out of the vocabulary in the package
 * gpt-tokenizer:
 *
 *     node training/vocabulary.ts
 */
import { writeFileSync } from 'node:fs'
import ranks from 'gpt-tokenizer/bpeRanks/o200k_base'
import { Vocabulary } from '../service/tools/vocabulary.ts'

const vocabulary = new Vocabulary()
for (const token of ranks) if (typeof token === 'string') vocabulary.add(token)
writeFileSync(new URL('../service/tools/vocabulary.bin', import.meta.url), vocabulary.bits)
