import { realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { MIB } from '../../units.ts'
import { firstBytes, type GitFolders } from './git-folder.ts'
import { byteText } from './ignore-list.ts'
import { ignorePattern, matches } from './ignore-pattern.ts'

/** Where git looks for what the user who runs the service has set. */
export interface UserFolders {
  readonly home: string
  /** `$XDG_CONFIG_HOME` */
  readonly config: string
}

/** The folders of the user of this process, who may have none; `config` is where its settings are, unless below its home. */
export function userFolders(config?: string): UserFolders {
  const home = homeFolder()
  return { home, config: config ?? join(home, '.config') }
}

function homeFolder(): string {
  try {
    return homedir()
  } catch {
    // A user without a name has no home either.
    return '/'
  }
}

/** What of git's settings says which files belong to a working tree. */
export interface GitSettings {
  /** The file with further ignore rules; undefined where there is none. */
  readonly excludesFile?: string
  /** How many bytes the names of objects have. */
  readonly hashBytes: 20 | 32
}

const MAX_CONFIG_BYTES = MIB
const DEEPEST_INCLUDE = 10

/** The settings of the machine, the user and the repository that has its working tree at `root`. Nothing of them is run. */
export function gitSettings(root: string, folders: GitFolders, user: UserFolders): GitSettings {
  const settings = new Settings(folders, user.home)
  settings.readFollowed('/etc/gitconfig')
  settings.readFollowed(join(user.config, 'git', 'config'))
  settings.readFollowed(join(user.home, '.gitconfig'))
  settings.read(join(folders.shared, 'config'))
  if (settings.isOn('extensions.worktreeconfig')) settings.read(join(folders.own, 'config.worktree'))
  const set = settings.values.get('core.excludesfile') ?? join(user.config, 'git', 'ignore')
  const excludesFile = set === '' ? undefined : realFile(resolve(root, atHome(set, user.home)))
  const hashBytes = settings.values.get('extensions.objectformat') === 'sha256' ? 32 : 20
  return { hashBytes, ...(excludesFile === undefined ? {} : { excludesFile }) }
}

class Settings {
  /** By their sections and names in lower case; the last one counts. */
  readonly values = new Map<string, string>()
  readonly #folders: GitFolders
  readonly #home: string

  constructor(folders: GitFolders, home: string) {
    this.#folders = folders
    this.#home = home
  }

  isOn(name: string): boolean {
    return /^(?:true|yes|on|1)$/i.test(this.values.get(name) ?? 'no')
  }

  /** A plain file that no link leads to. */
  read(path: string, depth = 0): void {
    for (const { section, name, value } of settingsIn(firstBytes(path, MAX_CONFIG_BYTES) ?? '')) {
      this.values.set(`${section.toLowerCase()}.${name}`, value)
      if (name === 'path' && depth < DEEPEST_INCLUDE && this.#includes(section, path)) {
        this.readFollowed(resolve(dirname(path), atHome(value, this.#home)), depth + 1)
      }
    }
  }

  /** Users have their settings behind links. */
  readFollowed(path: string, depth = 0): void {
    const real = realFile(path)
    if (real !== undefined) this.read(real, depth)
  }

  /** Whether a section of this name includes another file: `include`, or `includeIf.gitdir:~/work/` for repositories there. */
  #includes(section: string, path: string): boolean {
    if (section.toLowerCase() === 'include') return true
    const [, ignoresCase, condition = ''] = /^includeif\.gitdir(\/i)?:(.+)$/is.exec(section) ?? []
    const beginsAnywhere = condition.startsWith('./')
      ? join(dirname(path), condition.slice(2))
      : atHome(condition, this.#home)
    const whole = beginsAnywhere.startsWith('/') ? beginsAnywhere : `**/${beginsAnywhere}`
    const pattern = whole.endsWith('/') ? `${whole}**` : whole
    const asCompared = (text: string) => byteText(ignoresCase === undefined ? text : text.toLowerCase())
    const compiled = condition === '' ? undefined : ignorePattern(asCompared(pattern.replace(/^\//, '')))
    return compiled !== undefined && matches(compiled, asCompared(this.#folders.own), 1)
  }
}

const atHome = (path: string, home: string) => (path.startsWith('~/') ? join(home, path.slice(2)) : path)

function realFile(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}

interface Setting {
  /** With its subsection behind a dot, where it has one. */
  readonly section: string
  /** In lower case. */
  readonly name: string
  readonly value: string
}

const SECTION = /^\s*\[\s*([\w.-]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]/
const NAME = /^\s*([A-Za-z][\w-]*)\s*(=?)\s*/

/** The settings in the text of a configuration file of git's; a line that is none is left out. */
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
