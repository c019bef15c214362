/**
 * Extracts service/tools/vocabulary.bin, which counts the tokens of answers, from the package gpt-tokenizer:
 *
 *     node training/vocabulary.ts
 */
import { writeFileSync } from 'node:fs'
import ranks from 'gpt-tokenizer/bpeRanks/o200k_base'
import { Vocabulary } from '../service/tools/vocabulary.ts'

const vocabulary = new Vocabulary()
for (const token of ranks) if (typeof token === 'string') vocabulary.add(token)
writeFileSync(new URL('../service/tools/vocabulary.bin', import.meta.url), vocabulary.bits)
