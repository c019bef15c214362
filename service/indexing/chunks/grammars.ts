import { Language, Parser, type Tree } from 'web-tree-sitter'
import { asBaselineCode, asOptimizedCode } from '../../baseline-code.ts'
import { KIB, MIB } from '../../units.ts'
import { codeLanguage } from './components.ts'
import { type GrammarName, readGrammar, readRuntime } from './grammar-files.ts'
import { BASH } from './syntax/bash.ts'
import { C, CPP } from './syntax/c.ts'
import { CSHARP } from './syntax/csharp.ts'
import { ECMASCRIPT } from './syntax/ecmascript.ts'
import { GO } from './syntax/go.ts'
import { JAVA } from './syntax/java.ts'
import { KOTLIN } from './syntax/kotlin.ts'
import { PHP } from './syntax/php.ts'
import { PYTHON } from './syntax/python.ts'
import { type Roles, rolesOf } from './syntax/roles.ts'
import { RUBY } from './syntax/ruby.ts'
import type { Syntax } from './syntax/rule.ts'
import { RUST } from './syntax/rust.ts'
import { SCALA } from './syntax/scala.ts'
import { SWIFT } from './syntax/swift.ts'

const SYNTAXES: Readonly<Record<GrammarName, Syntax>> = {
  bash: BASH,
  c: C,
  cpp: CPP,
  csharp: CSHARP,
  go: GO,
  java: JAVA,
  javascript: ECMASCRIPT,
  kotlin: KOTLIN,
  php: PHP,
  python: PYTHON,
  ruby: RUBY,
  rust: RUST,
  scala: SCALA,
  swift: SWIFT,
  tsx: ECMASCRIPT,
  typescript: ECMASCRIPT,
}

/** A parser for one language. */
export interface Grammar {
  readonly roles: Roles
  /**
   * Parses a text. Returns undefined if that takes more than `limitMs` of processor time, or too much memory. The
   * caller must delete the tree.
   */
  parse(text: string, limitMs: number): Tree | undefined
}

const MICROSECONDS_A_MS = 1000
const PAGE_BYTES = 64 * KIB
/**
 * Memory of a parser: at first, beyond which parsing is abandoned, and beyond which it fails. Once allocated, it is
 * kept as long as the thread.
 */
const MEMORY = { initial: 32 * MIB, enough: 96 * MIB, most: 192 * MIB }

const loaded = new Map<GrammarName, Promise<Grammar>>()
let runtime: Promise<Memory> | undefined

/**
 * Returns the grammar of a file, loaded once per thread, or undefined if there is none. The text says which code a
 * notebook contains.
 */
export async function grammarOf(path: string, language: string, text = ''): Promise<Grammar | undefined> {
  const name = /\.tsx$/i.test(path) ? 'tsx' : codeLanguage(language, text)
  if (!isGrammar(name)) return undefined
  const known = loaded.get(name) ?? load(name)
  loaded.set(name, known)
  return await known
}

const isGrammar = (name: string): name is GrammarName => Object.hasOwn(SYNTAXES, name)

async function load(name: GrammarName): Promise<Grammar> {
  runtime ??= startRuntime()
  const memory = await runtime
  const language = Language.loadSync(await compiled(name))
  const parser = new Parser().setLanguage(language)
  return {
    roles: rolesOf(language, SYNTAXES[name]),
    parse: (text, limitMs) => parsed(parser, text, usesTooMuch(limitMs, memory)),
  }
}

/**
 * Parses a text until `isTooMuch`. A parser asks its progress callback every hundred steps, each of which may read to
 * the end of the text, as for a comment that nothing ends. So its text ends for it, too.
 */
function parsed(parser: Parser, text: string, isTooMuch: () => boolean): Tree | undefined {
  let isParsing = true
  let isAbandoned = false
  const progressCallback = () => {
    isAbandoned ||= isTooMuch()
    return isAbandoned
  }
  // The tree reads the texts of its nodes by the same function.
  const read = (from: number) => (isParsing && progressCallback() ? undefined : text.slice(from))
  const tree = parser.parse(read, null, { progressCallback })
  isParsing = false
  if (tree !== null && !isAbandoned) return tree
  tree?.delete()
  parser.reset()
  return undefined
}

/** Node's types lack this. */
type Memory = { readonly buffer: ArrayBuffer }
type MemoryClass = new (pages: { readonly initial: number; readonly maximum: number }) => Memory

async function startRuntime(): Promise<Memory> {
  const { Memory } = WebAssembly as unknown as { Memory: MemoryClass }
  const wasmMemory = new Memory({ initial: MEMORY.initial / PAGE_BYTES, maximum: MEMORY.most / PAGE_BYTES })
  await Parser.init({ wasmBinary: readRuntime(), wasmMemory })
  return wasmMemory
}

/** Returns a function that says whether a parser has used up its time or memory. */
function usesTooMuch(limitMs: number, memory: Memory): () => boolean {
  const isLate = usesMoreThan(limitMs)
  const enough = Math.max(memory.buffer.byteLength, MEMORY.enough)
  return () => memory.buffer.byteLength > enough || isLate()
}

/** Returns a function that says whether this thread has used more processor time than the limit. */
function usesMoreThan(limitMs: number): () => boolean {
  const before = process.threadCpuUsage()
  let earliest = performance.now() + limitMs
  return () => {
    const now = performance.now()
    if (now < earliest) return false
    const { user, system } = process.threadCpuUsage(before)
    const leftMs = limitMs - (user + system) / MICROSECONDS_A_MS
    earliest = now + leftMs
    return leftMs <= 0
  }
}

/**
 * Grammars whose lexer V8's optimizing compiler cannot handle: it needs 200 to 1,300 MB for a moment, and ends the
 * process for Swift (nodejs/node#63421). Baseline code parses about as fast.
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

/** Compiles a grammar. */
function compiled(name: GrammarName): Promise<WebAssembly.Module> {
  const bytes = new Uint8Array(readGrammar(name))
  return BASELINE_ONLY.has(name) ? asBaselineCode(bytes) : asOptimizedCode(bytes)
}
