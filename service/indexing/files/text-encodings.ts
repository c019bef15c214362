import { KIB } from '../../units.ts'
import { byteText } from './ignore-list.ts'
import { ignorePattern, matches } from './ignore-pattern.ts'
import { EXTENSIONS } from './language-table.ts'

/** Files that set the encodings of texts in their folder, weakest first. */
export const ENCODING_FILES = ['.vscode/settings.json', '.editorconfig', '.gitattributes'] as const
export const MAX_ENCODING_BYTES = 64 * KIB
const MOST_RULES = 200
const LONGEST_LINE = 500
const MOST_BRACES = 4
/** Rules around a folder. Beyond them, those of inner folders do not count. */
const MOST_RULES_IN_FORCE = 1000

/** A file with encodings: its name, and its first bytes. */
export interface EncodingFile {
  readonly name: (typeof ENCODING_FILES)[number]
  readonly bytes: Uint8Array
}

interface Rule {
  /** Whether the rule matches a path relative to the rule's folder, in bytes. */
  readonly isAbout: (path: string) => boolean
  /** Undefined for UTF-8, which is always tried first. */
  readonly encoding: string | undefined
}

/** The encodings that are set for files in a folder of a repository. */
export class TextEncodings {
  static readonly NONE = new TextEncodings(undefined, 0, [], 0)

  readonly #outer: TextEncodings | undefined
  /** Length of the folder's path with a trailing slash, in bytes. */
  readonly #base: number
  readonly #rules: readonly Rule[]
  /** Number of rules in effect, including those of outer folders. */
  readonly #inForce: number

  private constructor(outer: TextEncodings | undefined, base: number, rules: readonly Rule[], inForce: number) {
    this.#outer = outer
    this.#base = base
    this.#rules = rules
    this.#inForce = inForce
  }

  /** Returns the encodings inside a folder. `prefix` is its path with a trailing slash. */
  inside(prefix: string, files: readonly EncodingFile[]): TextEncodings {
    const room = Math.min(MOST_RULES, MOST_RULES_IN_FORCE - this.#inForce)
    if (room === 0) return this
    const found = files.flatMap(({ name, bytes }) => {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
      if (name === '.vscode/settings.json') return settingsOfEditor(text)
      const lines = text.split(/\r?\n/)
      const short = lines.filter((line) => line.length <= LONGEST_LINE)
      return name === '.gitattributes' ? attributesIn(short) : charsetsIn(short)
    })
    const rules = found.slice(-room)
    if (rules.length === 0) return this
    return new TextEncodings(this, byteText(prefix).length, rules, this.#inForce + rules.length)
  }

  /** Returns the encoding of a path: that of the last matching rule in the innermost folder. */
  of(path: string): string | undefined {
    return this === TextEncodings.NONE ? undefined : this.#ruleAbout(byteText(path))?.encoding
  }

  #ruleAbout(path: string): Rule | undefined {
    const own = path.slice(this.#base)
    const rule = this.#rules.findLast(({ isAbout }) => isAbout(own))
    return rule ?? (this.#outer === undefined ? undefined : this.#outer.#ruleAbout(path))
  }
}

const ATTRIBUTES = /^\s*("(?:[^"\\]|\\.)*"|[^\s#"[]\S*)\s.*?(?<=\s)(?:working-tree-encoding|encoding)=(\S+)/

/** Parses git attributes: `working-tree-encoding` converts texts, `encoding` displays them. */
function attributesIn(lines: readonly string[]): Rule[] {
  return lines.flatMap((line) => {
    const [, written, encoding = ''] = ATTRIBUTES.exec(line) ?? []
    return written === undefined ? [] : ruleOf(written.replace(/^"(.*)"$/, '$1'), encoding)
  })
}

/** Parses `charset` in the sections of EditorConfig. */
function charsetsIn(lines: readonly string[]): Rule[] {
  const sections: { readonly glob: string; charset?: string }[] = []
  for (const line of lines) {
    const glob = /^\s*\[(.+)\]\s*$/.exec(line)?.[1]
    if (glob !== undefined) sections.push({ glob })
    const charset = /^\s*charset\s*[=:]\s*([\w.-]+)/i.exec(line)?.[1]
    const section = sections.at(-1)
    if (charset !== undefined && section !== undefined) section.charset = charset
  }
  return sections
    .filter(({ charset }) => charset !== undefined)
    .slice(-MOST_RULES)
    .flatMap(({ glob, charset = '' }) => alternatives(glob).flatMap((each) => ruleOf(each, charset)))
}

const OF_LANGUAGES = /"((?:\[[\w+#-]+\])+)"\s*:\s*\{[^{}]*?"files\.encoding"\s*:\s*"([\w.-]+)"[^{}]*\}/g
const OF_ALL = /"files\.encoding"\s*:\s*"([\w.-]+)"/

/** By `files.encoding` of VS Code, for all files and for those of a language. */
function settingsOfEditor(json: string): Rule[] {
  const text = json.replace(/^[ \t]*\/\/.*$/gm, '')
  const ofLanguages = [...text.matchAll(OF_LANGUAGES)].flatMap(([, languages = '', encoding = '']) => {
    const names = languages.slice(1, -1).split('][')
    const endings = names.flatMap((name) =>
      Object.hasOwn(EXTENSIONS, name) ? (EXTENSIONS[name]?.split(' ') ?? []) : [],
    )
    return endings.flatMap((ending) => ruleOf(`*.${ending}`, encoding))
  })
  const [, ofAll] = OF_ALL.exec(text.replace(OF_LANGUAGES, '')) ?? []
  return [...(ofAll === undefined ? [] : ruleOf('*', ofAll)), ...ofLanguages]
}

function ruleOf(glob: string, named: string): Rule[] {
  const anchored = glob.replace(/^\//, '')
  const compiled = ignorePattern(anchored)
  if (compiled === undefined) return []
  const isName = !glob.includes('/')
  const encoding = /^(?:utf-?8(?:-?bom)?|unset)$/i.test(named) ? undefined : named
  const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
  return [{ encoding, isAbout: (path) => matches(compiled, isName ? nameOf(path) : path, 0) }]
}

/** Expands `*.{c,h}` to `*.c` and `*.h`, because git's patterns have no braces. Only the first braces count. */
function alternatives(glob: string): string[] {
  let globs = [glob]
  for (let braces = 0; braces < MOST_BRACES; braces++) globs = globs.flatMap(chosen).slice(0, MOST_RULES)
  return globs
}

function chosen(glob: string): string[] {
  const [, before = '', inner, after = ''] = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/.exec(glob) ?? []
  return inner === undefined ? [glob] : inner.split(',').map((each) => before + each + after)
}
