import { asBaselineCode, asOptimizedCode } from '../../baseline-code.ts'
import { type GrammarName, readGrammar } from './grammar-files.ts'

/**
 * Grammars whose lexer V8's optimizing compiler cannot take: it needs 200 to 1,300 MB for a moment, and for Swift ends the
 * process (nodejs/node#63421). Baseline code parses them about as fast.
 */
const BASELINE_ONLY: ReadonlySet<GrammarName> = new Set([
  'bash',
  'c',
  'cpp',
  'csharp',
  'kotlin',
  'ruby',
  'scala',
  'swift',
])

/** The code of a grammar. */
export function compiled(name: GrammarName): Promise<WebAssembly.Module> {
  const bytes = new Uint8Array(readGrammar(name))
  return BASELINE_ONLY.has(name) ? asBaselineCode(bytes) : asOptimizedCode(bytes)
}
