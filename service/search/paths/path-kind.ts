/** The role that a path gives a file in a repository, if it is a secondary one. */
export type PathKind =
  | 'test'
  | 'example'
  | 'vendored'
  | 'generated'
  | 'declaration'
  | 'legacy'
  | 'benchmark'
  | 'documentation'
  /** Helpers for writing tests. */
  | 'testing'
  /** Pages, styles and data beside the code. */
  | 'data'

interface Rule {
  readonly kind: PathKind
  readonly paths: readonly RegExp[]
  readonly except?: RegExp
  /** Query words that ask for such files. */
  readonly askedBy: RegExp
}

/** `django/test/client.py` is a helper for tests, `test/test_client.py` is a test. */
const FOR_TESTS =
  /(?:^|\/)(?:test|testing|test_?utils?)\/(?:[^/]+\/)*(?!tests?\.|test_|conftest)[^/]+(?<!_tests?)\.(?:py|go)$/
const ASKS_FOR_TESTS =
  /\b(?:[Tt]est(?:s|ing|ed)?|[Ss]pecs?|[Ff]ixtures?|[Mm]ock(?:s|ed|ing)?)\b|[a-z0-9]Tests?\b|\b[Tt]est[_A-Z]/

const RULES: readonly Rule[] = [
  {
    kind: 'vendored',
    paths: [/(?:^|\/)(?:_?vendor(?:ed)?|third[_-]?party|node_modules|site-packages|externals?|deps)\//i],
    askedBy: /\b(?:vendor(?:ed)?|third[ -]party)\b/i,
  },
  {
    kind: 'generated',
    paths: [
      /(?:^|\/)(?:generated|__generated__|autogen|gen)\//i,
      /[._-](?:generated|gen|pb|g|min)\.[a-z]+$|_pb2(?:_grpc)?\.pyi?$/i,
    ],
    askedBy: /\bgenerated\b/i,
  },
  {
    kind: 'test',
    paths: [
      /(?:^|\/)(?:(?:[a-z]+[_-])?tests?|test[_-][a-z]+|__tests__|specs?|testing|testdata|e2e|fixtures?|(?:__)?mocks?(?:__)?)\//i,
      /(?:^|\/)(?:tests?|test[_-][^/]*|conftest|[^/]*[._-](?:tests?|specs?))\.[a-z]+$/,
      /[a-z0-9](?:Tests?|Spec|TestCase|IT)\.[a-z]+$/,
    ],
    except: FOR_TESTS,
    askedBy: ASKS_FOR_TESTS,
  },
  { kind: 'testing', paths: [FOR_TESTS], askedBy: ASKS_FOR_TESTS },
  {
    kind: 'data',
    paths: [/\.(?:json[c5l]?|css|s[ac]ss|less|svg|x?html?|xml|po|pot|csv|tsv|snap|lock)$/i],
    askedBy:
      /\b(?:json|schemas?|css|styles?|stylesheets?|s[ac]ss|svg|icons?|html|markup|pages?|templates?|xml|translations?|locales?|csv|data|lock ?files?|config\w*|settings?|manifests?|dependenc(?:y|ies))\b/i,
  },
  {
    kind: 'benchmark',
    paths: [/(?:^|\/)(?:bench(?:es|marks?|marking)?|perf)\//i, /(?:^|\/|[_-])bench(?:marks?)?\.[a-z]+$/i],
    askedBy: /\b(?:bench(?:es|mark(?:s|ed|ing)?)?|perf(?:ormance)?|speed)\b/i,
  },
  {
    kind: 'example',
    paths: [/(?:^|\/)(?:(?:[a-z]+[_-])?examples?|samples?|demos?|tutorials?|playground|cookbook|snippets)\//i],
    askedBy: /\b(?:examples?|samples?|demos?|tutorials?|playground)\b/i,
  },
  {
    kind: 'documentation',
    paths: [/(?:^|\/)(?:docs?|documentation|website)\//i, /\.(?:md|mdx|rst|(?<!(?:^|\/)cmakelists\.)txt|adoc)$/i],
    askedBy: /\b(?:docs?|documentation|documented|readme|guides?|changelog)\b/i,
  },
  {
    kind: 'declaration',
    paths: [/\.d\.[cm]?ts$|\.pyi$/],
    askedBy: /\b(?:declarations?|typings?|stubs?|d\.ts|pyi)\b/i,
  },
  {
    kind: 'legacy',
    paths: [
      /(?:^|\/)_?(?:compat(?:ibility)?|legacy|deprecated|obsolete)\//i,
      /(?:^|\/|[_-])(?:compat|legacy|deprecated)\.[a-z]+$/i,
    ],
    askedBy: /\b(?:compat\w*|legacy|deprecat\w*|obsolete|backwards?)\b/i,
  },
]

export function kindsOfPath(path: string): PathKind[] {
  const holds = ({ paths, except }: Rule) => paths.some((pattern) => pattern.test(path)) && !except?.test(path)
  return RULES.filter(holds).map(({ kind }) => kind)
}

/** Returns the kinds of secondary files that a query asks for. */
export function kindsAskedFor(query: string): ReadonlySet<PathKind> {
  return new Set(RULES.filter(({ askedBy }) => askedBy.test(query)).map(({ kind }) => kind))
}
