import { Fault } from './errors.ts'

/** A repository on a git server. */
export interface GitUrl {
  /** `https://host/path` or `ssh://user@host/path`, without password or branch. */
  readonly address: string
  /** Branch or tag to index. Default: the server's default branch. */
  readonly branch?: string
}

const PROTOCOLS = ['https:', 'ssh:', 'http:']
const SCP_FORM = /^([\w.-]+)@([\w.-]+):(?!\/\/)\/?(.*)$/
const HOST = /^(?:[a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])$/
const USER = /^\w[\w.-]*$/
/** Only characters that are harmless in a shell, a path or an option. */
const PATH = /^(?:\/(?:[\w.~+@-]|%20)+)*\/?$/
const BRANCH = /^(?![-/.])(?!.*(?:\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)|[/.]$))[^\s\p{C}~^:?*[\\]+$/u

/** Whether a text is a git URL rather than a folder. A name may precede it: `shop=https://…`. */
export function isGitUrl(text: string): boolean {
  return /^(?:[\w.-]+=)?(?:[a-z][a-z0-9+.-]*:\/\/|[\w.-]+@[\w.-]+:)/i.test(text)
}

/**
 * Parses a URL with an optional branch or tag, `https://host/path#branch`, or the form `git@host:path`, whose path
 * starts at the server's root.
 * @throws Fault `source_unsupported`
 */
export function parseGitUrl(text: string): GitUrl {
  const { url, shown } = parse(text)
  const branch = decodeURIComponentOr(url.hash.slice(1))
  if (branch !== '' && !BRANCH.test(branch)) {
    throw unsupported(shown, 'what follows # is not a branch or tag', 'Give it as https://host/path.git#branch')
  }
  const address = withoutHash(url)
  if (url.pathname.replace(/\/$/, '') === '')
    throw unsupported(shown, 'it does not name a repository', 'Give its whole URL')
  return branch === '' ? { address } : { address, branch }
}

/** Parses an entry of `REPOSITORIES`: a URL with an optional name before it. @throws Fault `source_unsupported` */
export function parseNamedGitUrl(text: string): { readonly name?: string; readonly url: GitUrl } {
  const [, name, rest = text] = /^([\w.-]+)=(.*)$/s.exec(text) ?? []
  return name === undefined ? { url: parseGitUrl(rest) } : { name, url: parseGitUrl(rest) }
}

/** Returns the canonical text of a URL. Equal texts are the same repository and branch. */
export function gitUrlText({ address, branch }: GitUrl): string {
  return branch === undefined ? address : `${address}#${encodeURI(branch)}`
}

/** Parses a URL prefix such as `https://host/team`. @throws Fault `source_unsupported` */
export function parseUrlPrefix(text: string): string {
  const { url, shown } = parse(text)
  if (url.hash !== '') throw unsupported(shown, 'it contains a branch', 'Remove what follows #')
  return withoutHash(url)
}

/** Whether the address is the prefix or below it, regardless of the user. */
export function isWithin(address: string, prefix: string): boolean {
  const [one, other] = [new URL(address), new URL(prefix)]
  if (one.protocol !== other.protocol || one.host !== other.host) return false
  const folder = other.pathname.replace(/\/$/, '')
  return one.pathname === folder || one.pathname.startsWith(`${folder}/`)
}

/** Whether two addresses name the same repository, regardless of protocol, user and spelling. */
export function isSameRepository(address: string, other: string): boolean {
  return placeOf(address) === placeOf(other)
}

/** Whether two addresses have the same path, or one of them has it in a folder of its server. */
export function isSamePath(address: string, other: string): boolean {
  const [one, two] = [pathOf(address), pathOf(other)]
  return one.endsWith(two) || two.endsWith(one)
}

const placeOf = (address: string) => `${new URL(address).hostname.toLowerCase()}${pathOf(address)}`

const pathOf = (address: string) =>
  new URL(address).pathname
    .replace(/\/$/, '')
    .replace(/\.git$/, '')
    .toLowerCase()

function parse(text: string): { readonly url: URL; readonly shown: string } {
  const [, user, host, path] = SCP_FORM.exec(text) ?? []
  const whole = host === undefined ? text : `ssh://${user}@${host}/${path}`
  const shown = withoutSecrets(text)
  if (isPath(text))
    throw unsupported(shown, 'it is a folder', 'Give a folder by its absolute path, and to index_repository as path')
  if (!URL.canParse(whole)) throw unsupported(shown, 'it is not a URL', 'Give it as https://host/path.git')
  const url = new URL(whole)
  // The URL parser lowers the host only for protocols that browsers know.
  url.host = url.host.toLowerCase()
  refuseParts(url, shown)
  return { url, shown }
}

/** A folder of the server or of the caller. */
const isPath = (text: string) => /^(?:file:|[a-z]:[\\/]|[/\\~.$])/i.test(text.trim())

function refuseParts(url: URL, shown: string): void {
  if (!PROTOCOLS.includes(url.protocol)) {
    throw unsupported(shown, `${url.protocol}// is not supported`, 'Give a URL that starts with https:// or ssh://')
  }
  if (url.password !== '' || (url.protocol !== 'ssh:' && url.username !== '')) {
    const remedy = 'Remove what precedes the @, and put the token into GIT_CREDENTIALS_FILE'
    throw unsupported(shown, 'it contains a user or a password', remedy)
  }
  if (url.search !== '') throw unsupported(shown, 'it contains a query', 'Remove what follows the question mark')
  const odd = [
    ...(HOST.test(url.hostname) ? [] : ['host']),
    ...(url.username === '' || USER.test(url.username) ? [] : ['user']),
    ...(PATH.test(url.pathname) ? [] : ['path']),
  ]
  if (odd.length === 0) return
  const remedy = 'Use letters, digits and - . _ ~ + @, separated by single slashes'
  throw unsupported(shown, `its ${odd.join(' and ')} has characters that are not allowed`, remedy)
}

function withoutHash(url: URL): string {
  const bare = new URL(url)
  bare.hash = ''
  return bare.href.replace(/\/$/, '')
}

/** What precedes an @ may be a secret, and so may a query. */
function withoutSecrets(text: string): string {
  const shown = SCP_FORM.test(text) ? text : text.replace(/^([a-z][a-z0-9+.-]*:)?.*@/is, '$1//…@')
  return shown.replace(/\?.*$/s, '?…')
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function unsupported(shown: string, why: string, remedy: string): Fault {
  return new Fault('source_unsupported', `The URL ${JSON.stringify(shown)} cannot be indexed: ${why}`, remedy)
}
