import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { zstdDecompressSync } from 'node:zlib'
import { Fault } from '../../errors.ts'

/** Source of each grammar. A bundle has the same files, compressed, in the folder `grammars` beside it. */
export const GRAMMAR_FILES = {
  bash: '@vscode/tree-sitter-wasm/wasm/tree-sitter-bash.wasm',
  c: 'tree-sitter-wasms/out/tree-sitter-c.wasm',
  cpp: '@vscode/tree-sitter-wasm/wasm/tree-sitter-cpp.wasm',
  csharp: '@vscode/tree-sitter-wasm/wasm/tree-sitter-c-sharp.wasm',
  go: '@vscode/tree-sitter-wasm/wasm/tree-sitter-go.wasm',
  java: '@vscode/tree-sitter-wasm/wasm/tree-sitter-java.wasm',
  javascript: '@vscode/tree-sitter-wasm/wasm/tree-sitter-javascript.wasm',
  kotlin: 'tree-sitter-wasms/out/tree-sitter-kotlin.wasm',
  php: '@vscode/tree-sitter-wasm/wasm/tree-sitter-php.wasm',
  python: '@vscode/tree-sitter-wasm/wasm/tree-sitter-python.wasm',
  ruby: '@vscode/tree-sitter-wasm/wasm/tree-sitter-ruby.wasm',
  rust: '@vscode/tree-sitter-wasm/wasm/tree-sitter-rust.wasm',
  scala: '@lumis-sh/wasm-scala/tree-sitter-scala.wasm',
  swift: 'tree-sitter-wasms/out/tree-sitter-swift.wasm',
  tsx: '@vscode/tree-sitter-wasm/wasm/tree-sitter-tsx.wasm',
  typescript: '@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm',
} as const

/** The parser that runs the grammars. A bundle has it beside them. */
export const RUNTIME_FILE = 'web-tree-sitter/web-tree-sitter.wasm'

export type GrammarName = keyof typeof GRAMMAR_FILES

export function readGrammar(name: GrammarName): Uint8Array {
  return withCurrentHeader(readWasm(GRAMMAR_FILES[name]))
}

export function readRuntime(): Uint8Array {
  return readWasm(RUNTIME_FILE)
}

function readWasm(file: string): Uint8Array {
  const bundled = new URL(`./grammars/${file.slice(file.lastIndexOf('/') + 1)}.zst`, import.meta.url)
  try {
    if (existsSync(bundled)) return zstdDecompressSync(readFileSync(bundled))
    return readFileSync(createRequire(import.meta.url).resolve(file))
  } catch (cause) {
    throw new Fault('internal', `The grammar ${file} cannot be read`, 'Install the service again', { cause })
  }
}

const MAGIC_BYTES = 8
const OLD_NAME = 'dylink'
const NEW_NAME = 'dylink.0'
const MEMORY_INFO = 1

/**
 * Converts the section `dylink` of grammars built before 2022, which describes their memory. web-tree-sitter reads only
 * its successor `dylink.0`, which has the same four numbers one level deeper.
 */
function withCurrentHeader(wasm: Uint8Array): Uint8Array {
  const size = readNumber(wasm, MAGIC_BYTES + 1)
  const nameLength = readNumber(wasm, size.next)
  const nameEnd = nameLength.next + nameLength.value
  const isOld = wasm[MAGIC_BYTES] === 0 && Buffer.from(wasm.subarray(nameLength.next, nameEnd)).toString() === OLD_NAME
  if (!isOld) return wasm
  let infoEnd = nameEnd
  for (let number = 0; number < 4; number++) infoEnd = readNumber(wasm, infoEnd).next
  const info = wasm.subarray(nameEnd, infoEnd)
  // Each length is below 128 and takes one byte.
  const body = [NEW_NAME.length, ...Buffer.from(NEW_NAME), MEMORY_INFO, info.length, ...info]
  return Buffer.concat([
    wasm.subarray(0, MAGIC_BYTES),
    Uint8Array.of(0, body.length, ...body),
    wasm.subarray(size.next + size.value),
  ])
}

/** Reads a number in LEB128, and returns where it ends. */
function readNumber(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0
  for (let next = at, shift = 0; ; shift += 7) {
    const byte = bytes[next++] ?? 0
    value += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) return { value, next }
  }
}
