import { closest, distance } from 'fastest-levenshtein'
import { Fault } from '../../errors.ts'
import { EXTENSIONS, FILE_NAMES, INTERPRETERS } from './language-table.ts'
import { othersOfEnding } from './shared-endings.ts'

/** Other names of languages in GitHub Linguist and editors, without spaces, dots and hyphens. */
const ALIASES: Readonly<Record<string, string>> = {
  ada: 'ada95 ada2005',
  actionscript: 'as3',
  apex: 'salesforceapex',
  assembly: 'x86assembly x64assembly armassembly masm fasm nasm unixassembly gas gnuasm unixasm assembler',
  bash: 'shell shellscript unixshell posixshell',
  aspnet: 'asp webforms',
  autohotkey: 'autohotkey2',
  batch: 'dos windowsbatch batchfile dosbatch winbatch',
  blade: 'laravelblade',
  c: 'ansic clang',
  clojure: 'clojurescript cljs',
  coq: 'rocqprover rocq',
  cpp: 'cplusplus cuda cudacpp arduino unreal unrealengine mql4 mql5',
  csharp: 'net c# cake cakescript dotnet unity',
  css: 'tailwind tailwindcss postcss',
  csv: 'tabseperatedvalues tabseparatedvalues',
  cython: 'pyrex',
  d: 'dlang',
  dart: 'flutter',
  diff: 'udiff',
  dockerfile: 'docker',
  erb: 'html+erb rhtml html+ruby embeddedruby',
  erlang: 'otp',
  forth: 'gforth',
  fortran: 'fortranfreeform fortranfixedform f77',
  fsharp: 'f#',
  gherkin: 'cucumber',
  gitignore: 'ignorelist ignore dockerignore',
  go: 'golang',
  gotemplate: 'gohtmltemplate gotexttemplate',
  'go-module': 'gomod gosum gomodules',
  graphql: 'graphqls',
  groovy: 'jenkinsfile jenkins',
  handlebars: 'htmlbars',
  haskell: 'literatehaskell',
  idl: 'midl webidl',
  html: 'thymeleaf',
  ini: 'dotenv env editorconfig gitconfig dosini javaproperties config nginx apache apacheconf sshconfig systemd',
  javascript: 'ecma es node nodejs javascriptreact ecmascript es6',
  jinja: 'django html+django html+jinja htmldjango',
  jsp: 'javaserverpages',
  json: 'sarif topojson jsonwithcomments',
  kotlin: 'kotlinscript',
  latex: 'bibtex',
  less: 'lesscss',
  lisp: 'commonlisp emacslisp cask eask elisp emacs racket scheme',
  makefile: 'mf mk bsdmake make gnumake',
  markdown: 'md mdown gfm commonmark mkd pandoc rmarkdown',
  mathematica: 'wolframlanguage mma wolfram wolframlang wl',
  matlab: 'octave',
  mercury: 'mercurylang',
  nix: 'nixos',
  notebook: 'jupyternotebook ipythonnotebook jupyter ipython',
  objectivec: 'objc objectivec++ objectivecpp objc++ objcpp',
  ocaml: 'reason reasonml',
  opencl: 'openclc',
  openedge: 'openedgeabl progress progress4gl',
  org: 'orgmode',
  pascal: 'delphi objectpascal',
  perl: 'cperl perl5',
  php: 'symfony html+php',
  powershell: 'posh pwsh',
  prolog: 'swiprolog',
  protobuf: 'protocolbuffer protocolbuffers protobuffer protobuf3 proto3',
  python: 'cpython pypy py3 python2 python3 rusthon',
  qml: 'qtquick',
  r: 'rscript splus rlang',
  raku: 'perl6',
  razor: 'blazor',
  rego: 'openpolicyagent',
  ruby: 'jruby macruby rbx rails',
  rust: 'rustlang',
  scss: 'scssstyle',
  sml: 'standardml',
  sql: 'plpgsql tsql mysql postgresql postgres sqlite',
  svelte: 'sveltekit',
  tcl: 'sdc xdc',
  terraform: 'tofu hashicorpconfigurationlanguage opentofu',
  text: 'txt plain fundamental plaintext',
  tla: 'tla+',
  toml: 'cargo',
  typescript: 'typescriptreact',
  verilog: 'sverilog systemverilog',
  vlang: 'vprogramminglanguage',
  viml: 'nvim neovim vimscript',
  visualbasic:
    'vba visualbasicforapplications vbscript visualbasicnet vbnet visualbasic60 vb6 visualbasic6 visualbasicclassic classicvisualbasic',
  vue: 'vuejs',
  webassembly: 'wasm webassemblytext',
  xml: 'rss maven mavenpom pom msbuild',
  yaml: 'ansible kubernetes k8s helm openapi swagger dockercompose compose githubactions gitlabci',
}

/** What people call files in several languages by. */
const FRAMEWORKS: Readonly<Record<string, string>> = {
  react: 'typescript javascript',
  reactjs: 'typescript javascript',
  reactnative: 'typescript javascript',
  nextjs: 'typescript javascript',
  angular: 'typescript html',
  spring: 'java kotlin',
  springboot: 'java kotlin',
  android: 'kotlin java',
  ios: 'swift objectivec',
  laravel: 'php blade',
}

/** Common names, shown if no similar one exists. */
const USUAL =
  'typescript javascript python go rust java kotlin swift scala c cpp csharp ruby php bash sql html css vue svelte markdown json yaml'

/** Names that mean any language. */
const EVERY: ReadonlySet<string> = new Set(['*', 'all', 'any', 'every'])

const plain = (name: string) =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^\s*\*?\.(?=\w)|[\s._-]+/g, '')

const LANGUAGES = new Set([
  ...Object.keys(EXTENSIONS),
  ...Object.values(FILE_NAMES),
  ...Object.values(INTERPRETERS),
  ...Object.keys(ALIASES),
])
const BY_NAME = new Map<string, string>()
for (const language of LANGUAGES) BY_NAME.set(plain(language), language)
for (const named of [ALIASES, EXTENSIONS]) {
  for (const [language, names] of Object.entries(named)) {
    for (const name of names.split(' ')) if (!BY_NAME.has(plain(name))) BY_NAME.set(plain(name), language)
  }
}
for (const [program, language] of Object.entries(INTERPRETERS)) {
  if (!BY_NAME.has(plain(program))) BY_NAME.set(plain(program), language)
}

/**
 * Returns the languages that a text names, however people write them: `TSX`, `c++`, `.py`, `golang`, `java 17`,
 * `ts, js`. Commas, bars, slashes, blanks and `and` separate names. Those after `!`, `-` or `not` are excluded, from all
 * languages if no other is named. Undefined if the text stands for any language.
 * @throws Fault `request_invalid` if a name is unknown, with similar ones
 */
export function languagesNamed(text: string): string[] | undefined {
  if (EVERY.has(text.trim().toLowerCase())) return undefined
  const several = frameworkOf(text)
  if (several !== undefined) return [...several]
  const whole = UNWANTED.test(text) ? undefined : known(text)
  if (whole !== undefined) return withOthers(text, whole)
  const listed = text.split(/[,;|/&[\]"']|\s(?:and|or)\s/i).map((name) => name.trim())
  const names = listed.filter((name) => name !== '')
  const { wanted = [], unwanted = [] } = Object.groupBy(names.length === 0 ? [text] : names, (name) =>
    UNWANTED.test(name) ? 'unwanted' : 'wanted',
  )
  const leftOut = new Set(allNamed(unwanted.map((name) => name.replace(UNWANTED, ''))))
  const named = wanted.length === 0 ? [...LANGUAGES, 'text'] : allNamed(wanted)
  return [...new Set(named)].filter((language) => !leftOut.has(language))
}

const UNWANTED = /^(?:[!-]\s*|not\s+)(?=\S)/i

const allNamed = (names: readonly string[]) =>
  names.flatMap(inWords).flatMap((name) => frameworkOf(name) ?? withOthers(name, languageNamed(name)))

const frameworkOf = (name: string) =>
  Object.hasOwn(FRAMEWORKS, plain(name)) ? FRAMEWORKS[plain(name)]?.split(' ') : undefined

/** File endings that are not names of languages, so they mean all languages that share them. */
const SHARED: ReadonlySet<string> = new Set(['h', 'm', 'v'])

function withOthers(name: string, language: string): string[] {
  const ending = plain(name)
  return SHARED.has(ending) ? [language, ...othersOfEnding(ending)] : [language]
}

/** Returns the language of a name, which may end in a version. */
function known(name: string): string | undefined {
  const written = plain(name)
  return BY_NAME.get(written) ?? BY_NAME.get(written.replace(/\d+x?$/, ''))
}

function inWords(name: string): string[] {
  if (known(name) !== undefined || frameworkOf(name) !== undefined) return [name]
  const lists = [name.split(/\s+/), name.split('+')]
  return lists.find((words) => words.every((word) => known(word) !== undefined)) ?? [name]
}

function languageNamed(name: string): string {
  const language = known(name)
  if (language !== undefined) return language
  const near = nearest(plain(name))
  const usual = USUAL.split(' ').filter((each) => each !== near)
  throw new Fault(
    'request_invalid',
    `language: ${JSON.stringify(name.slice(0, 80))} is not a known language`,
    `${near === undefined ? 'Give' : `Did you mean ${near}? Others are`} ${usual.join(', ')}; other names, such as tsx or c++, and endings will do`,
  )
}

/** Up to a third of a name may differ. */
function nearest(name: string): string | undefined {
  const names = [...BY_NAME.keys()].filter((each) => each.length > 2)
  const near = closest(name.slice(0, 40), names)
  return distance(name, near) <= Math.max(1, near.length / 3) ? BY_NAME.get(near) : undefined
}
