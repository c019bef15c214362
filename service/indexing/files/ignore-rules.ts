import { join } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { KIB } from '../../units.ts'
import { isIgnoredByDefault } from './default-ignores.ts'
import { commonGitFolder } from './git-folder.ts'
import { readRegularFile } from './regular-file.ts'

const IGNORE_FILES = ['.gitignore', '.mcpignore']
const MAX_IGNORE_BYTES = 256 * KIB

interface Rules {
  /** The folder that its patterns are relative to, with a slash at its end; empty for the root. */
  readonly base: string
  readonly matcher: Ignore
}

/** The ignore rules in force inside of one folder of a repository. */
export class IgnoreRules {
  /** From the root inwards: later ones win. */
  readonly #chain: readonly Rules[]
  readonly #root: string

  private constructor(root: string, chain: readonly Rules[]) {
    this.#root = root
    this.#chain = chain
  }

  /** The rules of a repository's root, of which `names` are the entries. */
  static atRoot(root: string, names: ReadonlySet<string>): IgnoreRules {
    const gitFolder = names.has('.git') ? commonGitFolder(root) : undefined
    const excluded = gitFolder === undefined ? '' : readRules(join(gitFolder, 'info', 'exclude'))
    const own = rulesIn(root, names)
    return new IgnoreRules(root, [{ base: '', matcher: matcherOf(excluded, ...own) }])
  }

  ignores(path: string, isFolder: boolean): boolean {
    return this.#verdict(path, isFolder) ?? isIgnoredByDefault(path.slice(path.lastIndexOf('/') + 1), isFolder)
  }

  /** The rules inside of a folder that is not ignored and of which `names` are the entries. */
  inside(folder: string, names: ReadonlySet<string>): IgnoreRules {
    const chain = this.#chain.map((rules) => withoutVerdict(rules, folder))
    const own = rulesIn(join(this.#root, folder), names)
    if (own.length > 0)
      return new IgnoreRules(this.#root, [...chain, { base: `${folder}/`, matcher: matcherOf(...own) }])
    return chain.every((rules, index) => rules === this.#chain[index]) ? this : new IgnoreRules(this.#root, chain)
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

function rulesIn(folder: string, names: ReadonlySet<string>): string[] {
  return IGNORE_FILES.filter((name) => names.has(name)).map((name) => readRules(join(folder, name)))
}

function matcherOf(...texts: readonly string[]): Ignore {
  return ignore({ ignorecase: false }).add(texts.join('\n'))
}

/** The rules of a file, of a huge one only the first; what is not a plain file has none. */
function readRules(path: string): string {
  const file = readRegularFile(path, MAX_IGNORE_BYTES)
  if ('fault' in file) return ''
  const text = new TextDecoder().decode(file.bytes)
  return file.bytes.length > MAX_IGNORE_BYTES ? text.slice(0, text.lastIndexOf('\n')) : text
}
