import { join } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { KIB } from '../../units.ts'
import { isIgnoredByDefault } from './default-ignores.ts'
import { commonGitFolder } from './git-folder.ts'
import { readRegularFile } from './regular-file.ts'

/** Files that say what to leave out of the folder they are in, the weakest first. */
export const IGNORE_FILES = ['.gitignore', '.mcpignore'] as const
/** Of a larger one only the first rules count. */
export const MAX_IGNORE_BYTES = 256 * KIB

interface Rules {
  /** The folder that its patterns are relative to, with a slash at its end; empty for the root. */
  readonly base: string
  readonly matcher: Ignore
}

/** The ignore rules in force inside of one folder of a repository. */
export class IgnoreRules {
  /** From the root inwards: later ones win. */
  readonly #chain: readonly Rules[]

  private constructor(chain: readonly Rules[]) {
    this.#chain = chain
  }

  /** The rules of a repository's root, from the texts of its ignore files. */
  static atRoot(texts: readonly string[]): IgnoreRules {
    return new IgnoreRules([{ base: '', matcher: matcherOf(texts) }])
  }

  ignores(path: string, isFolder: boolean): boolean {
    return this.#verdict(path, isFolder) ?? isIgnoredByDefault(path.slice(path.lastIndexOf('/') + 1), isFolder)
  }

  /** The rules inside of a folder that is not ignored, with the texts of its own ignore files. */
  inside(folder: string, texts: readonly string[]): IgnoreRules {
    const chain = this.#chain.map((rules) => withoutVerdict(rules, folder))
    if (texts.length > 0) return new IgnoreRules([...chain, { base: `${folder}/`, matcher: matcherOf(texts) }])
    return chain.every((rules, index) => rules === this.#chain[index]) ? this : new IgnoreRules(chain)
  }

  #verdict(path: string, isFolder: boolean): boolean | undefined {
    for (let index = this.#chain.length - 1; index >= 0; index--) {
      const rules = this.#chain[index]
      if (rules === undefined) continue
      const verdict = rules.matcher.test(path.slice(rules.base.length) + (isFolder ? '/' : ''))
      if (verdict.ignored) return true
      if (verdict.unignored) return false
    }
    return undefined
  }
}

/** Where inner rules brought back a folder that these rules ignore, these still judge what is in it, entry by entry. */
function withoutVerdict(rules: Rules, folder: string): Rules {
  const relative = `${folder.slice(rules.base.length)}/`
  if (!rules.matcher.test(relative).ignored) return rules
  const literal = relative.replace(/[\\*?[\]!# ]/g, '\\$&')
  return { ...rules, matcher: ignore({ ignorecase: false }).add(rules.matcher).add(`!/${literal}`) }
}

function matcherOf(texts: readonly string[]): Ignore {
  return ignore({ ignorecase: false }).add(texts.join('\n'))
}

/** The texts of the ignore files of a repository's root, of which `names` are the entries. */
export function rootIgnoreTexts(root: string, names: ReadonlySet<string>): string[] {
  const gitFolder = names.has('.git') ? commonGitFolder(root) : undefined
  const excluded = gitFolder === undefined ? [] : [readRules(join(gitFolder, 'info', 'exclude'))]
  return [...excluded, ...ignoreTexts(root, names)]
}

/** The texts of the ignore files of a folder, of which `names` are the entries. */
export function ignoreTexts(folder: string, names: ReadonlySet<string>): string[] {
  return IGNORE_FILES.filter((name) => names.has(name)).map((name) => readRules(join(folder, name)))
}

/** The rules of a file; what is not a plain file has none. */
function readRules(path: string): string {
  const file = readRegularFile(path, MAX_IGNORE_BYTES)
  return 'fault' in file ? '' : ignoreText(file.bytes)
}

/** The rules in the bytes of an ignore file, up to the last whole one within the limit. */
export function ignoreText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_IGNORE_BYTES + 1))
  return bytes.length > MAX_IGNORE_BYTES ? text.slice(0, text.lastIndexOf('\n')) : text
}
