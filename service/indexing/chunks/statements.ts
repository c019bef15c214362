/** Languages without a grammar in which a brace or a semicolon ends a statement. */
const BRACED: ReadonlySet<string> = new Set([
  'capnp',
  'css',
  'dart',
  'flatbuffers',
  'graphql',
  'groovy',
  'haxe',
  'less',
  'powershell',
  'prisma',
  'protobuf',
  'scss',
  'smithy',
  'solidity',
  'terraform',
  'thrift',
  'vala',
  'zig',
])
/** In Rust, what a grammar does not parse. */
const MACRO = /^\s*\w+!\s*\{/
const SHARES_ITS_LINE = /[{;]\s*[^\s;{}]/
const STEP = '  '
/** Deeper statements have the same indentation, because patterns take long for many blanks. */
const DEEPEST = 4

/** Returns a line, and the statements in it after the first one, indented as if each had a line of its own. */
export function statementsIn(line: string, language: string): readonly string[] {
  const isSplit = BRACED.has(language) || (language === 'rust' && MACRO.test(line))
  return isSplit && SHARES_ITS_LINE.test(line) ? [line, ...furtherStatements(line)] : [line]
}

/** Quoted text, a comment to the end of the line, or a bracket or semicolon. */
const SIGNS = /"[^"]*"|'[^']*'|`[^`]*`|(?<!:)\/\/.*|[()[\]{};]/g

function furtherStatements(line: string): string[] {
  const indentation = line.slice(0, line.search(/\S/))
  const found: string[] = []
  let braces = 0
  let brackets = 0
  let start = 0
  const end = (at: number) => {
    const statement = line.slice(start, at).trim()
    if (start > 0 && statement !== '')
      found.push(indentation + STEP.repeat(Math.max(0, Math.min(braces, DEEPEST))) + statement)
  }
  for (const { 0: sign, index } of line.matchAll(SIGNS)) {
    brackets += STEPS[sign] ?? 0
    if (brackets > 0 || !'{;}'.includes(sign)) continue
    end(sign === '}' ? index : index + 1)
    braces += DEPTHS[sign] ?? 0
    start = index + 1
  }
  end(line.length)
  return found
}

const STEPS: Readonly<Record<string, number>> = { '(': 1, '[': 1, ')': -1, ']': -1 }
const DEPTHS: Readonly<Record<string, number>> = { '{': 1, '}': -1 }
