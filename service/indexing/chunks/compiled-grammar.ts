import { setFlagsFromString } from 'node:v8'
import { type GrammarName, readGrammar } from './grammar-files.ts'

declare global {
  namespace WebAssembly {
    // Node's types leave it out.
    const Module: new (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module
  }
}

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

/** The code of a grammar, one at a time: V8's flags are those of all threads. */
export function compiled(name: GrammarName): Promise<WebAssembly.Module> {
  return navigator.locks.request('codebase-mcp:grammar', () => {
    const bytes = new Uint8Array(readGrammar(name))
    return BASELINE_ONLY.has(name) ? withoutOptimizing(bytes) : new WebAssembly.Module(bytes)
  })
}

const COMPILER_SWITCHES = ['wasm-lazy-compilation', 'wasm-tier-up', 'wasm-dynamic-tiering']

/** Code that is compiled at once, and while optimizing is off, stays as it is for ever. */
function withoutOptimizing(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  for (const name of COMPILER_SWITCHES) setFlagsFromString(`--no-${name}`)
  try {
    return new WebAssembly.Module(bytes)
  } finally {
    for (const name of COMPILER_SWITCHES) setFlagsFromString(`--${name}`)
  }
}
