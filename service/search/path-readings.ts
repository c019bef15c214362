import { Fault } from '../errors.ts'
import { compileGlob, type Glob } from './glob.ts'

const MOST_PATHS = 50

/** What a reading needs to know of a repository: its name, and the folder or URL that it was indexed from. */
export interface NamedSource {
  readonly name: string
  readonly source: string
}

/** Texts that may be the same path inside of a repository, the likeliest first; `''` is the repository itself. */
export function textsOfPath(path: string, repository: NamedSource): string[] {
  const written = path.trim()
  const texts = [written, unquoted(written), decoded(unquoted(written))].flatMap((one) => {
    const slashed = withSlashes(one)
    return [one, ...insideOf(slashed, repository), slashed].flatMap((text) => [text, withoutLines(text)])
  })
  return [...new Set(texts.map(fromTheRoot))]
}

/**
 * The ways to understand a path, of which the first that means any file counts: as it stands in the repository, a file or a
 * folder with all that is in it; as a glob, in which brackets may be part of names; and the same anywhere below.
 * @throws Fault `request_invalid` where it is no glob
 */
export function* readingsOf(path: string, repository: NamedSource): Generator<Pick<Glob, 'matches'>> {
  const texts = textsOfPath(path, repository)
  for (const text of texts) yield literally(text)
  const globs = [...new Set(texts.filter((text) => text !== '').flatMap(withLiteralBrackets))]
  for (const glob of [...globs, ...globs.map((each) => `**/${each}`)]) {
    yield compileGlob(glob)
    yield compileGlob(`${withoutSlash(glob)}/**`)
  }
}

/** The likeliest reading of a path, by what the paths of its files begin or end with. */
export function likeliest(path: string): Glob[] {
  const text = fromTheRoot(path.trim())
  if (HAS_SIGNS.test(text)) return [compileGlob(withLiteralBrackets(text)[0] as string)]
  const own = withoutSlash(text)
  const inside = { prefix: `/${own}/`, suffix: '', matches: literally(text).matches }
  return text.includes('/')
    ? [{ ...inside, prefix: `/${own}` }]
    : [inside, { ...inside, prefix: '/', suffix: `/${own}` }]
}

const HAS_SIGNS = /[*?]|\{[^{}]*,[^{}]*\}/

/**
 * Several paths in one text, separated by commas that are neither in braces nor escaped; those after `!` are left out.
 * @throws Fault `request_invalid` where there are too many
 */
export function pathsIn(text: string): { readonly wanted: readonly string[]; readonly unwanted: readonly string[] } {
  const paths = separated(text)
  if (paths.length > MOST_PATHS) {
    throw new Fault(
      'request_invalid',
      `path holds ${paths.length} paths`,
      `Give ${MOST_PATHS} at most, or a folder that holds them`,
    )
  }
  const unwanted = paths.filter((path) => path.startsWith('!')).map((path) => path.slice(1).trim())
  return { wanted: paths.filter((path) => !path.startsWith('!')), unwanted: unwanted.filter((path) => path !== '') }
}

/** A path as it is: a file, all that is in a folder, and where it has no slash the files of that name in any folder. */
function literally(path: string): Pick<Glob, 'matches'> {
  const own = withoutSlash(path)
  const folder = own === '' ? '' : `${own}/`
  const name = own === '' || path.includes('/') ? undefined : `/${own}`
  return {
    matches: (other) => other === own || other.startsWith(folder) || (name !== undefined && other.endsWith(name)),
  }
}

function separated(text: string): string[] {
  const listed = /^\s*\[\s*"/.test(text) ? listIn(text) : undefined
  if (listed !== undefined) return listed
  const paths = ['']
  let depth = 0
  for (const character of text) {
    if (character === '{') depth++
    if (character === '}') depth--
    if (character === ',' && depth <= 0) paths.push('')
    else paths.push(`${paths.pop()}${character}`)
  }
  return paths.map((path) => path.trim()).filter((path) => path !== '')
}

function listIn(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : undefined
  } catch {
    // Nothing but brackets that are part of a name.
    return undefined
  }
}

const FILE_URL = /^file:\/\/(?:localhost)?(?=\/)/i
const WSL = /^\/\/wsl(?:\$|\.localhost)\/[^/]+(?=\/)/i

function withSlashes(text: string): string {
  const path = FILE_URL.test(text) ? decoded(text.replace(FILE_URL, '')).replace(/^\/(?=[a-z]:)/i, '') : text
  return path.replaceAll('\\', '/').replace(WSL, '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * What follows the repository's folder in an absolute path. The folder may have another place for who asks than for who
 * indexes, as in containers, so its name will do; and a relative path may begin with the repository's name.
 */
function insideOf(path: string, { name, source }: NamedSource): string[] {
  const root = withoutSlash(withSlashes(source))
  const ignoresCase = /^[a-z]:/i.test(root)
  const [one, other] = ignoresCase ? [path.toLowerCase(), root.toLowerCase()] : [path, root]
  if (one === other || one.startsWith(`${other}/`)) return [path.slice(root.length)]
  const names = new Set([name, root.slice(root.lastIndexOf('/') + 1).replace(/\.git$/, '')])
  return [...names].filter((each) => each !== '').flatMap((each) => behind(path, each))
}

/** So often a folder of the repository's name is looked for in a path. */
const MOST_PLACES = 4
const IS_ABSOLUTE = /^(?:\/|~|\$\w|%\w+%|[a-z]:\/)/i

function behind(path: string, name: string): string[] {
  const whole = `${path}/`
  if (!IS_ABSOLUTE.test(path)) return whole.startsWith(`${name}/`) ? [whole.slice(name.length, -1)] : []
  const found: string[] = []
  for (
    let at = whole.indexOf(`/${name}/`);
    at >= 0 && found.length < MOST_PLACES;
    at = whole.indexOf(`/${name}/`, at + 1)
  ) {
    found.push(whole.slice(at + name.length + 1, -1))
  }
  return found
}

/** `src/a.ts:12-20`, as results name places, `src/a.ts#L12-L20`, as pages of code hosts do. */
const withoutLines = (path: string) => path.replace(/(?::\d+(?:[-:]\d+)?|#L\d+(?:-L?\d+)?)$/i, '')

const unquoted = (path: string) => /^(["'`])([^"'`]+)\1$/.exec(path)?.[2] ?? path

const fromTheRoot = (path: string) => path.replace(/^(?:\.?\/)+/, '').replace(/(?:^|\/)\.$/, '')

const withoutSlash = (path: string) => path.replace(/\/+$/, '')

/** A glob with its brackets and braces as parts of names, as routes of web frameworks have them, before it as it is. */
function withLiteralBrackets(glob: string): string[] {
  const brackets = glob.replace(/(?<!\\)[[\]]/g, String.raw`\$&`)
  const braces = (text: string) => text.replace(/(?<!\\)[{}]/g, String.raw`\$&`)
  return [...new Set([brackets, glob, braces(brackets), braces(glob)])]
}
