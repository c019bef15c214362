import { posix } from 'node:path'
import { Fault } from '../errors.ts'
import { compileGlob, type Glob } from './glob.ts'

/** So many may be given at once. */
export const MOST_PATHS = 50

/** What a reading needs to know of a repository: its name, and the folder or URL that it was indexed from. */
export interface NamedSource {
  readonly name: string
  readonly source: string
}

/** Texts that may be the same path inside of a repository, the likeliest first; `''` is the repository itself. */
export function textsOfPath(path: string, repository: NamedSource): string[] {
  const written = path.trim()
  const plain = pasted(written)
  const forms = [written, ...(plain === written ? [] : [plain])].flatMap((text) => {
    const slashed = withSlashes(text)
    return [text, ...insideOf(slashed, repository), slashed]
  })
  const texts = [...forms, ...ofAnotherTool(plain), withoutEscapes(plain), decoded(plain)]
  return [
    ...new Set(
      texts
        .flatMap((text) => [text, withoutPlace(text)])
        .flatMap((text) => [text, settled(text)])
        .map(fromTheRoot),
    ),
  ]
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
  const others = texts.flatMap(globsOfOthers).filter((glob) => !globs.includes(glob))
  for (const glob of [...globs, ...globs.map((each) => `**/${each}`), ...others]) {
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
 * Several paths in one text, separated by commas, semicolons, bars or lines that are neither in brackets nor escaped; those
 * after `!` or `-` are left out.
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
  const unwanted = paths.filter((path) => /^[!-]/.test(path)).map((path) => path.slice(1).trim())
  return { wanted: paths.filter((path) => !/^[!-]/.test(path)), unwanted: unwanted.filter((path) => path !== '') }
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
  const listed = /^\s*\[\s*["']/.test(text) ? listIn(text) : undefined
  if (listed !== undefined) return listed
  const paths = ['']
  let depth = 0
  for (const [token] of text.matchAll(/\\[,;|]|./gsu)) {
    if (token === '{' || token === '(') depth++
    if (token === '}' || token === ')') depth--
    if (/^[,;|\n]$/.test(token) && depth <= 0) paths.push('')
    else paths.push(`${paths.pop()}${token}`)
  }
  return paths.map((path) => path.trim()).filter((path) => path !== '')
}

function listIn(text: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text.includes('"') ? text : text.replaceAll("'", '"'))
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

/** `src/a.ts:12-20`, as results name places, and `src/a.ts?plain=1#L12-L20`, as pages do. */
const withoutPlace = (path: string) => path.replace(/(?:(?::\d+){1,2}(?:-\d+)?|(?:\?[\w=&]*)?(?:#L[-\dCL]+)?)$/i, '')

/** Without the quotes around it, or the sign by which a chat tells files from words. */
const pasted = (path: string) => path.replace(/^(["'`])(.+)\1$/s, '$2').replace(/^@(?=[\w./])/, '')

/** Without the backslashes that a shell has before blanks and brackets. */
const withoutEscapes = (path: string) => path.replace(/\\([^\w\\/*?])/g, '$1')

const PAGE = /^https?:\/\/[^/]+\/.*?\/(?:-\/)?(?:blob|tree|blame|raw|edit|src)\/(.+)$/i
/** The name of a branch may have so many slashes. */
const MOST_SLASHES = 4

/** A path in a repository by the address of its page at a git server, and as `git diff` shows it. */
function ofAnotherTool(path: string): string[] {
  const [, page] = PAGE.exec(path) ?? []
  if (page === undefined) return /^[ab]\//.test(path) ? [path.slice(2)] : []
  const names = decoded(page).split('/')
  return names.slice(1, 1 + MOST_SLASHES).map((_, at) => names.slice(at + 1).join('/'))
}

const GROUP = /([?@+*]?)\(([^()]*)\)/g
const IS_EXPRESSION = /^\^|\$$|\.[*+]|\\\./

/** What other ways to write patterns mean as globs: groups as of shells, the ending alone, simple regular expressions. */
function globsOfOthers(path: string): string[] {
  const grouped = (text: string) =>
    text.replace(GROUP, (_, sign: string, inner: string) => `{${inner.replaceAll('|', ',')}${sign === '?' ? ',' : ''}}`)
  const groups = path.includes('(') ? [grouped(path)] : []
  const ending = /^\.\w+$/.test(path) ? [`*${path}`] : []
  const asGlob = path
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replace(/\.[*+]\??/g, '**')
    .replace(/\\([.\-/])/g, '$1')
    .replace(/(\w)\?/g, '{$1,}')
  return [...groups, ...ending, ...(IS_EXPRESSION.test(path) ? [grouped(asGlob)] : [])]
}

/** Without empty parts and those that name the folder itself or the one above it. */
const settled = (path: string) => (/(?:^|\/)\.{1,2}(?:\/|$)|\/\//.test(path) ? posix.normalize(path) : path)

/** What paths that differ only in capitals or in how accents are composed have in common. */
export const inAnyCase = (path: string) => path.normalize().toLowerCase()

const fromTheRoot = (path: string) => path.replace(/^(?:\.?\/)+|^~\/?$/, '').replace(/(?:^|\/)\.$/, '')

const withoutSlash = (path: string) => path.replace(/\/+$/, '')

/** A glob with its brackets and braces as parts of names, as routes of web frameworks have them, before it as it is. */
function withLiteralBrackets(glob: string): string[] {
  const brackets = glob.replace(/(?<!\\)[[\]]/g, String.raw`\$&`)
  const braces = (text: string) => text.replace(/(?<!\\)[{}]/g, String.raw`\$&`)
  return [...new Set([brackets, glob, braces(brackets), braces(glob)])]
}
