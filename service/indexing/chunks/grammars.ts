import { Language, Parser, type Tree } from 'web-tree-sitter'
import { compiled } from './compiled-grammar.ts'
import { isComponent } from './components.ts'
import { type GrammarName, readRuntime } from './grammar-files.ts'
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

/** Parses one language. */
export interface Grammar {
  readonly roles: Roles
  /** Undefined where parsing takes more than `limitMs` of a processor; the caller deletes the tree. */
  parse(text: string, limitMs: number): Tree | undefined
}

const MICROSECONDS_A_MS = 1000

const loaded = new Map<GrammarName, Promise<Grammar>>()
let runtime: Promise<void> | undefined

/** The grammar of a file, loaded once a thread; undefined for languages without one. */
export async function grammarOf(path: string, language: string): Promise<Grammar | undefined> {
  const name = /\.tsx$/i.test(path) ? 'tsx' : isComponent(language) ? 'typescript' : language
  if (!isGrammar(name)) return undefined
  const known = loaded.get(name) ?? load(name)
  loaded.set(name, known)
  return await known
}

const isGrammar = (name: string): name is GrammarName => Object.hasOwn(SYNTAXES, name)

async function load(name: GrammarName): Promise<Grammar> {
  runtime ??= Parser.init({ wasmBinary: readRuntime() })
  await runtime
  const language = Language.loadSync(await compiled(name))
  const parser = new Parser().setLanguage(language)
  return {
    roles: rolesOf(language, SYNTAXES[name]),
    parse(text, limitMs) {
      const tree = parser.parse(text, null, { progressCallback: usesMoreThan(limitMs) })
      if (tree === null) parser.reset()
      return tree ?? undefined
    },
  }
}

/** Tells, whenever it is asked, whether this thread has computed for longer by now; others may share its processor. */
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
