import { partsOf, termsOf, tokensOf, wholeTerm } from '../../lexical/terms.ts'
import { kindsOfPath, type PathKind } from './path-kind.ts'

/** What ranking needs to know about a path, independent of the query. */
export interface PathFacts {
  /** Terms of the file's name, or of its folder's name if the file stands for the folder, such as `index`. */
  readonly name: ReadonlySet<string>
  /** The name as one term. */
  readonly whole: string
  /** Number of words in the name. */
  readonly nameWords: number
  readonly folders: ReadonlySet<string>
  readonly kinds: readonly PathKind[]
  /** Whether the file mostly re-exports what others define. */
  readonly gathers: boolean
}

const STANDS_FOR_FOLDER = /\/(?:__init__|__main__|index|mod|main|lib|package)\.[a-z]+$/
const GATHERS = /(?:^|\/)(?:__init__\.pyi?|index\.[cm]?[jt]sx?|package-info\.java)$/

export function pathFacts(path: string): PathFacts {
  const naming = path.replace(STANDS_FOR_FOLDER, '.')
  const slash = naming.lastIndexOf('/')
  const name = naming.slice(slash + 1).replace(/\.[^.]*$/, '')
  return {
    name: termSet(name),
    whole: wholeTerm(name),
    nameWords: tokensOf(name).flatMap(partsOf).length,
    folders: termSet(naming.slice(0, Math.max(0, slash))),
    kinds: kindsOfPath(path),
    gathers: GATHERS.test(path),
  }
}

function termSet(text: string): Set<string> {
  return new Set(tokensOf(text).flatMap(termsOf))
}
