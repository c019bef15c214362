import { dirname, join, resolve } from 'node:path'
import type { GitPlaces } from '../../git-places.ts'
import { homeFolder } from '../../home-folder.ts'
import { MIB } from '../../units.ts'
import { firstBytes, type GitFolders, realPath } from './git-folder.ts'
import { byteText } from './ignore-list.ts'
import { ignorePattern, matches } from './ignore-pattern.ts'

/** Where git finds its configuration besides that of a repository. */
export interface GitUser extends GitPlaces {
  readonly home: string
  /** `$XDG_CONFIG_HOME` */
  readonly configHome: string
}

/** Returns where git finds the configuration of this process's user, who may have none. */
export function gitUser(places: GitPlaces = {}): GitUser {
  const home = homeFolder()
  return { home, configHome: join(home, '.config'), system: '/etc/gitconfig', ...places }
}

/** The part of git's configuration that decides which files belong to a working tree. */
export interface GitSettings {
  /** File with additional ignore rules, if any. */
  readonly excludesFile?: string
  /** Whether ignore rules are case-insensitive, which git sets on such file systems. */
  readonly ignoresCase: boolean
  /** Length of object ids, in bytes. */
  readonly hashBytes: 20 | 32
}

const MAX_CONFIG_BYTES = MIB
const DEEPEST_INCLUDE = 10
/** Files that include each other would otherwise multiply with each level. */
const MOST_INCLUDED = 100

/**
 * Reads the configuration of the machine, the user and the repository with its working tree at `root`. Executes nothing
 * in it.
 */
export function gitSettings(root: string, folders: GitFolders, user: GitUser): GitSettings {
  const first = settingsOf(folders, user, [])
  const settings = first.dependOnRemotes ? settingsOf(folders, user, first.remotes) : first
  const set = settings.values.get('core.excludesfile') ?? join(user.configHome, 'git', 'ignore')
  const excludesFile = set === '' ? undefined : realPath(resolve(root, atHome(set, user.home)))
  const hashBytes = settings.values.get('extensions.objectformat') === 'sha256' ? 32 : 20
  const ignoresCase = settings.isOn('core.ignorecase')
  return { hashBytes, ignoresCase, ...(excludesFile === undefined ? {} : { excludesFile }) }
}

function settingsOf(folders: GitFolders, user: GitUser, remotes: readonly string[]): Settings {
  const settings = new Settings(folders, user.home, remotes)
  const ofUser = [join(user.configHome, 'git', 'config'), join(user.home, '.gitconfig')]
  const followed = [user.system, ...(user.global === undefined ? ofUser : [atHome(user.global, user.home)])]
  for (const path of followed) if (path !== undefined) settings.readFollowed(path)
  settings.read(join(folders.shared, 'config'))
  if (settings.isOn('extensions.worktreeconfig')) settings.read(join(folders.own, 'config.worktree'))
  settings.add((user.set ?? []).map(([name, value]) => settingNamed(name, value)))
  return settings
}

class Settings {
  /** Values by section and name in lower case. The last one counts. */
  readonly values = new Map<string, string>()
  /** URLs of remotes. */
  readonly remotes: string[] = []
  /** Whether an included file depends on remotes. */
  dependOnRemotes = false
  #included = 0
  readonly #folders: GitFolders
  readonly #home: string
  readonly #knownRemotes: readonly string[]

  /** `knownRemotes` are the remotes for conditions, wherever they are set. */
  constructor(folders: GitFolders, home: string, knownRemotes: readonly string[]) {
    this.#folders = folders
    this.#home = home
    this.#knownRemotes = knownRemotes
  }

  isOn(name: string): boolean {
    return /^(?:true|yes|on|1)$/i.test(this.values.get(name) ?? 'no')
  }

  /** Reads a regular file without following links. */
  read(path: string, depth = 0): void {
    this.add(settingsIn(firstBytes(path, MAX_CONFIG_BYTES) ?? ''), path, depth)
  }

  /** `path` is the file with the settings. Without it, only absolute paths can be included. */
  add(settings: readonly Setting[], path = '/', depth = 0): void {
    for (const { section, name, value } of settings) {
      this.values.set(`${section.toLowerCase()}.${name}`, value)
      if (name === 'url' && /^remote\./i.test(section)) this.remotes.push(value)
      const mayInclude = name === 'path' && depth < DEEPEST_INCLUDE && this.#included < MOST_INCLUDED
      if (mayInclude && this.#includes(section, path)) {
        this.#included += 1
        this.readFollowed(resolve(dirname(path), atHome(value, this.#home)), depth + 1)
      }
    }
  }

  /** Follows links, because users keep their configuration behind links. */
  readFollowed(path: string, depth = 0): void {
    const real = realPath(path)
    if (real !== undefined) this.read(real, depth)
  }

  /** Whether a section includes another file: `include`, or `includeIf.` with a condition that holds. */
  #includes(section: string, path: string): boolean {
    if (section.toLowerCase() === 'include') return true
    const [, kind, condition = ''] = CONDITION.exec(section) ?? []
    if (kind === 'onbranch') {
      const branch = branchOf(this.#folders)
      return branch !== undefined && matchesWhole(condition, branch)
    }
    if (kind === 'hasconfig:remote.*.url') {
      this.dependOnRemotes = true
      return this.#knownRemotes.some((remote) => matchesWhole(condition, remote))
    }
    return kind !== undefined && this.#isAt(condition, path, kind === 'gitdir/i')
  }

  /** Whether git's folder matches a condition in a file at `path`, such as `~/work/` for everything below. */
  #isAt(condition: string, path: string, ignoresCase: boolean): boolean {
    const beginsAnywhere = condition.startsWith('./')
      ? join(dirname(path), condition.slice(2))
      : atHome(condition, this.#home)
    const whole = beginsAnywhere.startsWith('/') ? beginsAnywhere : `**/${beginsAnywhere}`
    const asCompared = (text: string) => (ignoresCase ? text.toLowerCase() : text).replace(/^\//, '')
    return matchesWhole(asCompared(whole), asCompared(this.#folders.own))
  }
}

const CONDITION = /^includeif\.(gitdir(?:\/i)?|onbranch|hasconfig:remote\.\*\.url):(.+)$/is

/** Whether a condition's pattern matches. One with a trailing slash matches everything below. */
function matchesWhole(pattern: string, text: string): boolean {
  const compiled = ignorePattern(byteText(pattern.endsWith('/') ? `${pattern}**` : pattern))
  return compiled !== undefined && matches(compiled, byteText(text), 0)
}

const MOST_REFERENCES = 5

/** Returns the name of the current branch after `refs/heads/`, or undefined if HEAD is detached. */
function branchOf({ own, shared }: GitFolders): string | undefined {
  let name = 'HEAD'
  for (let count = 0; count < MOST_REFERENCES; count++) {
    const content = firstBytes(join(own, name)) ?? firstBytes(join(shared, name)) ?? ''
    const [, next] = /^ref: (refs\/heads\/[^\s\\]+)\s*$/.exec(content) ?? []
    if (next === undefined || next.split('/').includes('..')) break
    name = next
  }
  return name === 'HEAD' ? undefined : name.slice('refs/heads/'.length)
}

const atHome = (path: string, home: string) => (path.startsWith('~/') ? join(home, path.slice(2)) : path)

interface Setting {
  /** Followed by a dot and the subsection, if there is one. */
  readonly section: string
  /** In lower case. */
  readonly name: string
  readonly value: string
}

const SECTION = /^\s*\[\s*([\w.-]+)(?:\s*"((?:[^"\\]|\\.)*)")?\s*\]/
const NAME = /^\s*([A-Za-z][\w-]*)\s*(=?)\s*/

/** Splits a name such as `core.excludesFile`. The section may contain dots. */
function settingNamed(full: string, value: string): Setting {
  const dot = full.lastIndexOf('.')
  return { section: full.slice(0, dot), name: full.slice(dot + 1).toLowerCase(), value }
}

/** Parses a configuration file of git. Ignores invalid lines. */
function settingsIn(text: string): Setting[] {
  const settings: Setting[] = []
  let section = ''
  for (const line of text
    .replace(/^\uFEFF/, '')
    .replace(/\\\r?\n/g, '')
    .split(/\r?\n/)) {
    const head = SECTION.exec(line)
    if (head !== null) {
      const [, name = '', subsection] = head
      section = subsection === undefined ? name : `${name}.${subsection.replace(/\\(.)/g, '$1')}`
    }
    const rest = line.slice(head?.[0].length ?? 0)
    const [found = '', name, equals] = NAME.exec(rest) ?? []
    if (name === undefined) continue
    settings.push({
      section,
      name: name.toLowerCase(),
      value: equals === '' ? 'true' : valueIn(rest.slice(found.length)),
    })
  }
  return settings
}

const PART = /"((?:[^"\\]|\\.)*)"|\\(.)|([#;].*)|([^"\\#;]+)/g
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b' }

function valueIn(text: string): string {
  const unescaped = (character: string) => ESCAPED[character] ?? character
  let value = ''
  let keptTo = 0
  for (const [, quoted, escaped, comment, plain] of text.matchAll(PART)) {
    if (comment !== undefined) break
    value += quoted?.replace(/\\(.)/g, (_, each: string) => unescaped(each)) ?? plain ?? unescaped(escaped ?? '')
    if (plain === undefined) keptTo = value.length
  }
  return value.slice(0, keptTo) + value.slice(keptTo).trimEnd()
}
