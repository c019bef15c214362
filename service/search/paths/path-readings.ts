import { posix } from 'node:path'
import { Fault } from '../../errors.ts'
import { parseList } from '../../json.ts'
import { compileGlob, type Glob } from './glob.ts'
import { pathShownAs } from './shown-path.ts'

/** Maximum number of paths in one text. */
export const MOST_PATHS = 50

/** Facts about a repository that a reading needs: its name, and its folder or URL. */
export interface NamedSource {
  readonly name: string
  readonly source: string
}

/** Returns texts that may be the path in the repository, most likely first. `''` is the repository itself. */
export function textsOfPath(path: string, repository: NamedSource): string[] {
  const written = path.trim()
  const plain = pasted(written)
  const forms = [written, ...(plain === written ? [] : [plain])].flatMap((text) => {
    const slashed = withSlashes(text)
    return [text, ...insideOf(slashed, repository), slashed]
  })
  const texts = [
    ...(path === written ? [] : [path]),
    ...forms,
    ...ofAnotherTool(plain),
    withoutEscapes(plain),
    decoded(plain),
  ]
  return [
    ...new Set(
      texts
        .flatMap((text) => [text, withoutPlace(text)])
        .flatMap((text) => [text, pathShownAs(text) ?? text])
        .filter(isStorable)
        .flatMap((text) => [text, settled(text)])
        .map(fromTheRoot),
    ),
  ]
}

/**
 * Yields the ways to understand a path, of which the first that matches any file is used: literally, as a file or a
 * folder with its contents; as a glob, in which brackets may be part of names; and the same in any subfolder.
 * @throws Fault `request_invalid` if it is not a valid glob
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

/** Returns the most likely reading of a path, by the literal beginning or end of matching paths. */
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
 * Splits a text into paths at commas, semicolons, bars or line breaks outside brackets that are not escaped. Paths
 * after `!` or `-` are excluded.
 * @throws Fault `request_invalid` if there are too many
 */
export function pathsIn(text: string): { readonly wanted: readonly string[]; readonly unwanted: readonly string[] } {
  const paths = separated(text).flatMap(withoutNegation)
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

const NEGATION = /!\(([^()]+)\)/g

/** Converts `src/!(*.test).ts` of shells to `src/*.ts` and `!src/*.test.ts`. */
function withoutNegation(path: string): string[] {
  const wanted = path.replace(NEGATION, '*')
  const unwanted = path.replace(NEGATION, (_, inner: string) =>
    inner.includes('|') ? `{${inner.replaceAll('|', ',')}}` : inner,
  )
  return wanted === path ? [path] : [wanted, `!${unwanted}`]
}

/**
 * Matches a path literally: a file, the contents of a folder and, without a slash, files of that name in any folder.
 */
function literally(path: string): Pick<Glob, 'matches'> {
  const own = withoutSlash(path)
  const folder = own === '' ? '' : `${own}/`
  const name = own === '' || path.includes('/') ? undefined : `/${own}`
  return {
    matches: (other) => other === own || other.startsWith(folder) || (name !== undefined && other.endsWith(name)),
  }
}

function separated(text: string): string[] {
  const listed = parseList(text)
  if (listed !== undefined) return listed.filter((each) => typeof each === 'string').filter(isStorable)
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

const FILE_URL = /^file:\/\/(?:localhost)?(?=\/)/i
const WSL = /^\/\/wsl(?:\$|\.localhost)\/[^/]+(?=\/)/i

export function withSlashes(text: string): string {
  const path = FILE_URL.test(text) ? decoded(text.replace(FILE_URL, '')).replace(/^\/(?=[a-z]:)/i, '') : text
  return path.replaceAll('\\', '/').replace(WSL, '')
}

/** Whether a path can be one of a file. The database accepts no NUL. */
const isStorable = (path: string) => !path.includes('\0')

function decoded(text: string): string {
  try {
    const path = decodeURIComponent(text)
    return isStorable(path) ? path : text
  } catch {
    return text
  }
}

/**
 * Returns what follows the repository's folder in an absolute path. The caller may see the folder at another place than
 * the indexer, as in containers, so its name is enough. A relative path may begin with the repository's name, as in
 * results: `shop: src/cart.ts`.
 */
function insideOf(path: string, { name, source }: NamedSource): string[] {
  const root = withoutSlash(withSlashes(source))
  const ignoresCase = /^[a-z]:/i.test(root)
  const [one, other] = ignoresCase ? [path.toLowerCase(), root.toLowerCase()] : [path, root]
  if (one === other || one.startsWith(`${other}/`)) return [path.slice(root.length)]
  const names = new Set([name, root.slice(root.lastIndexOf('/') + 1).replace(/\.git$/, '')])
  return [...names].filter((each) => each !== '').flatMap((each) => behind(path, each))
}

/** Maximum number of places in a path at which to look for the repository's folder. */
const MOST_PLACES = 4
const IS_ABSOLUTE = /^(?:\/|~|\$\w|%\w+%|[a-z]:\/)/i

export const isAbsolute = (path: string) => IS_ABSOLUTE.test(path)

function behind(path: string, name: string): string[] {
  const whole = `${path}/`
  if (!isAbsolute(path)) {
    if (path.startsWith(`${name}:`)) return [path.slice(name.length + 1).trimStart()]
    return whole.startsWith(`${name}/`) ? [whole.slice(name.length, -1)] : []
  }
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

/** Removes `:12-20 Cart.add`, as in results, `(12,5)`, as of compilers, and `?plain=1#L12-L20`, as in web pages. */
const withoutPlace = (path: string) =>
  path.replace(
    /(?:(?::\d+){1,2}(?:-\d+(?: [^\s/]+)?)?|(?<=\.\w+)\(\d+(?:, ?\d+)*\)|(?:\?[\w=&]*)?(?:#L[-\dCL]+)?)$/i,
    '',
  )

/** Removes surrounding quotes, the text of a link, the scheme of an editor, and the sign by which chats mark files. */
const pasted = (path: string) =>
  path
    .replace(/^(["'`])(.+)\1$/s, '$2')
    .replace(/^\[[^\]]*\]\((\S+)\)$|^<(\S+)>$/, '$1$2')
    .replace(/^[a-z][\w.+-]*:\/\/file(?=\/)|^vscode-remote:\/\/[^/]+(?=\/)/i, '')
    .replace(/^@(?=[\w./])/, '')

/** Removes the backslashes with which a shell escapes spaces and brackets. */
const withoutEscapes = (path: string) => path.replace(/\\([^\w\\/*?])/g, '$1')

const PAGE = /^https?:\/\/[^/]+\/.*?\/(?:-\/)?(?:blob|tree|blame|raw|edit|src)\/(.+)$/i
/** Maximum number of slashes in the name of a branch. */
const MOST_SLASHES = 4

/** Returns the path in the URL of a page on a git server, or in the notation of `git diff`. */
function ofAnotherTool(path: string): string[] {
  const [, page] = PAGE.exec(path) ?? []
  if (page === undefined) return /^[ab]\//.test(path) ? [path.slice(2)] : []
  const names = decoded(page).split('/')
  return names.slice(1, 1 + MOST_SLASHES).map((_, at) => names.slice(at + 1).join('/'))
}

const GROUP = /([?@+*]?)\(([^()]*)\)/g
const IS_EXPRESSION = /^\^|\$$|\.[*+]|\\\./

/** Converts other notations of patterns to globs: shell groups, a bare extension, simple regular expressions. */
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

/** Removes empty segments, `.` and `..`. */
const settled = (path: string) => (/(?:^|\/)\.{1,2}(?:\/|$)|\/\//.test(path) ? posix.normalize(path) : path)

/** Normalizes case and composition of accents. */
export const inAnyCase = (path: string) => path.normalize().toLowerCase()

const fromTheRoot = (path: string) => path.replace(/^(?:\.?\/)+|^~\/?$/, '').replace(/(?:^|\/)\.$/, '')

const withoutSlash = (path: string) => path.replace(/\/+$/, '')

/**
 * Returns the glob itself, preceded by one in which brackets and braces are literal, as in the routes of web
 * frameworks.
 */
function withLiteralBrackets(glob: string): string[] {
  const brackets = glob.replace(/(?<!\\)[[\]]/g, String.raw`\$&`)
  const braces = (text: string) => text.replace(/(?<!\\)[{}]/g, String.raw`\$&`)
  return [...new Set([brackets, glob, braces(brackets), braces(glob)])]
}
