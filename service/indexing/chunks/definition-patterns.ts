import { IN_SCRIPTS, type Patterns } from './line-patterns.ts'
import { SMALL_LANGUAGE_PATTERNS } from './small-language-patterns.ts'
import type { Kind } from './syntax/rule.ts'

/** A block whose lines define names: how it begins, and what its lines define. It ends by indentation. */
export interface Block {
  readonly kind: Kind
  readonly begins: RegExp
  readonly line: RegExp
}

const ENUM_IN_BRACES: Block = {
  kind: 'member',
  begins: /^\s*(?:[a-z]+\s+)*enum\s+\w+[^{]*\{\s*(?:\/\/.*)?$/i,
  line: /^\s*(\w+)\s*(?:=[^=>].*|\(.*\))?[,;]?\s*(?:\/\/.*)?$/,
}

/** Groovy has other blocks too. */
const WITH_ENUMS_IN_BRACES = ['apex', 'd', 'dart', 'flatbuffers', 'haxe', 'powershell', 'solidity', 'thrift', 'vala']

export const BLOCKS: Readonly<Record<string, readonly Block[]>> = {
  julia: [
    {
      kind: 'member',
      begins: /^\s*@enumx?\s+\w+(?:::\w+)?\s+begin\s*(?:#.*)?$/,
      line: /^\s*(\w+)\s*(?:=.*)?(?:#.*)?$/,
    },
  ],
  perl: [{ kind: 'constant', begins: /^\s*use\s+constant\s*\{\s*(?:#.*)?$/, line: /^\s*(\w+)\s*=>/ }],
  nim: [
    {
      kind: 'constant',
      begins: /^(?:const|let|var)\s*(?:#.*)?$/,
      line: /^ +`?(\w+)`?\*?\s*(?:\{\.[^}]*\}\s*)?[:=]/,
    },
    {
      kind: 'member',
      begins: /=\s*(?:\{\.[^}]*\}\s*)?enum\s*(?:#.*)?$/,
      line: /^\s*(\w+(?:\s*,\s*\w+)*)\s*(?:=[^,]*)?,?\s*(?:#.*)?$/,
    },
  ],
  zig: [
    {
      kind: 'member',
      begins: /=\s*(?:(?:packed|extern)\s+)?(?:enum|error)\b[^{]*\{\s*(?:\/\/.*)?$/,
      line: /^\s*(\w+)\s*(?:=[^=>].*)?,\s*(?:\/\/.*)?$/,
    },
  ],
  graphql: [{ kind: 'member', begins: /^\s*(?:extend\s+)?enum\s+\w+[^{]*\{\s*$/, line: /^\s*(\w+)\s*(?:@.*)?$/ }],
  elixir: [{ kind: 'field', begins: /^\s*defstruct\s*\[?\s*$/, line: /^\s*:?([a-z_]\w*[?!]?)(?::\s.*|,|\]?)\s*$/ }],
  erlang: [
    {
      kind: 'field',
      begins: /^-record\(\s*\w+\s*,\s*(?:\{\s*)?(?:%.*)?$/,
      line: /^\s*\{?\s*([a-z]\w*)\s*(?:=|::|,|\}|%|$)/,
    },
  ],
  groovy: [{ kind: 'constant', begins: /^\s*ext\s*\{/, line: /^\s*(\w+)\s*=(?!=)/ }, ENUM_IN_BRACES],
  ...Object.fromEntries(WITH_ENUMS_IN_BRACES.map((language) => [language, [ENUM_IN_BRACES]])),
}

/** Types whose line lists their members between blanks, or between commas in parentheses. */
export const LISTED: Readonly<Record<string, RegExp>> = {
  julia: /^\s*@enumx?[\s(]\s*\w+(?:::\w+)?[\s,]+(?!begin\b)([^#)]+)/,
  zig: /=\s*(?:(?:packed|extern)\s+)?(?:enum|error|union|struct)\b[^{]*\{([^{};]*)\}/,
  graphql: /^\s*(?:extend\s+)?enum\s+\w+[^{]*\{([^{}]*)\}/,
  nim: /=\s*enum\s+([^#]+)/,
  erlang: /^-record\(\s*\w+\s*,\s*\{([^}]*)/,
  ...Object.fromEntries(
    [...WITH_ENUMS_IN_BRACES, 'groovy'].map((language) => [language, /^\s*(?:[a-z]+\s+)*enum\s+\w+[^{]*\{([^{}]*)/i]),
  ),
}

/** Types whose line lists their constructors, which have patterns of their own if each has a line. */
export const CONSTRUCTED: Readonly<Record<string, RegExp>> = {
  haskell: /^(?:data|newtype)\s[^=]*=(.*)/,
  purescript: /^data\s[^=]*=(.*)/,
  elm: /^type\s+(?!alias\b)[^=]*=(.*)/,
  ocaml: /^\s*(?:type|and)\s[^=]*=(.*(?:\||\bof\b).*)/,
  fsharp: /^\s*(?:type|and)\s[^=]*=(.*(?:\||\bof\b).*)/,
  rescript: /^\s*type\s[^=]*=(.*\|.*)/,
}

/** Languages whose types may list their fields in braces on the same line. */
export const RECORDS: ReadonlySet<string> = new Set([
  'haskell',
  'ocaml',
  'fsharp',
  'elm',
  'purescript',
  'rescript',
  'reason',
  'graphql',
])

/** Lines that make a title of the line above. */
export const UNDERLINES: Readonly<Record<string, RegExp>> = {
  restructuredtext: /^([=\-~^"'#*+.:_`])\1{2,}\s*$/,
}

/** The last class or id in each selector of a rule, by which people look for its styles. A comma may end the line. */
const CSS_RULE =
  /(?<=^[^{}@;/]{0,300})#([A-Za-z_][\w-]*)(?=[^{};@]{0,300}(?:\{|,\s*$))|(?<=^[^{}@;/]{0,300})[.#%]([A-Za-z_][\w-]*)(?=[^.#%{};@,]*(?:,[^{};@]*)?\{|[^.#%{};@,]*,(?:[^{};@]*,)?\s*$)/g
const SQL_PART = '(?:"[^"]+"|`[^`]+`|\\[[^\\]]+\\]|[\\w$]+)'
const SQL_NAME = `(?:if\\s+not\\s+exists\\s+)?(${SQL_PART}(?:\\.${SQL_PART})*)`

/** For languages without a grammar, and for syntax that is newer than a grammar. */
export const PATTERNS: Readonly<Record<string, Patterns>> = {
  ...SMALL_LANGUAGE_PATTERNS,
  sql: [
    ['function', /^\s*--\s*name:\s*([\w-]+)/],
    [
      'struct',
      new RegExp(
        `^\\s*create\\s+(?:(?:global|local|temp|temporary|unlogged|external|foreign|or\\s+replace)\\s+)*table\\s+${SQL_NAME}`,
        'i',
      ),
    ],
    [
      'function',
      new RegExp(
        `^\\s*create\\s+(?:or\\s+(?:replace|alter)\\s+)?(?:definer\\s*=\\s*\\S+\\s+)?(?:aggregate|function|procedure|proc|trigger|package(?:\\s+body)?)\\s+${SQL_NAME}`,
        'i',
      ),
    ],
    [
      'type',
      new RegExp(
        `^\\s*create\\s+(?:(?:or\\s+replace|temp|temporary|recursive|materialized|force|secure)\\s+)*(?:view|type|domain|schema|sequence|policy|role|rule|database|event|synonym|extension)\\s+${SQL_NAME}`,
        'i',
      ),
    ],
    [
      'field',
      /^\s+(?!constraint\b|primary\b|foreign\b|unique\b|check\b|key\b|index\b|exclude\b|partition\b|like\b)["`[]?(\w+)["`\]]?\s+(?:[a-z_]+\.)?(?:(?:big|small|tiny|medium)?(?:int|serial)(?:eger|\d)?|varchar2?|n?char|character|text|citext|bool(?:ean)?|bit|bytea|blob|clob|date|time|timestamp(?:tz|_ntz)?|datetime2?|interval|numeric|number|decimal|money|real|double|float\d?|jsonb?|uuid|xml|inet|vector|string|variant|array)\b/i,
      'member',
    ],
    [
      'constant',
      new RegExp(
        `^\\s*create\\s+(?:unique\\s+|clustered\\s+|nonclustered\\s+)*index\\s+(?:concurrently\\s+)?${SQL_NAME}`,
        'i',
      ),
    ],
    [
      'function',
      /^\s+(?:(?:member|static|map|constructor)\s+)*(?:function|procedure)\s+(\w+)\s*(?:\(|;|$|(?:is|as|return)\b)/i,
    ],
    [
      'field',
      new RegExp(
        `^\\s*alter\\s+table\\s+(?:(?:if\\s+exists|only)\\s+)*(${SQL_PART}(?:\\.${SQL_PART})*)\\s+add\\s+(?:column\\s+)?(?!(?:constraint|primary|foreign|unique|check|index|key|partition)\\b)(?:if\\s+not\\s+exists\\s+)?(${SQL_PART})`,
        'i',
      ),
    ],
    [
      'constant',
      new RegExp(`^(?!\\s*--).*\\bconstraint\\s+${SQL_NAME}\\s+(?:primary|foreign|unique|check|exclude)\\b`, 'i'),
    ],
  ],
  protobuf: [
    ['struct', /^\s*(?:message|enum)\s+(\w+)/],
    ['interface', /^\s*service\s+(\w+)/],
    ['function', /^\s*rpc\s+(\w+)/],
    ['member', /^\s+([A-Z][A-Z0-9_]*)\s*=\s*-?(?:0x)?[\dA-Fa-f]+\s*(?:\[.*)?;/],
    ['field', /^\s*oneof\s+(\w+)/],
    [
      'field',
      /^\s+(?:(?:repeated|optional|required)\s+)?(?:map\s*<[^>]*>|(?!option\b|reserved\b|return\b)[\w.]+)\s+(\w+)\s*=\s*\d+/,
    ],
  ],
  thrift: [
    ['struct', /^\s*(?:struct|union|exception|enum|senum|typedef\s+\S+)\s+(\w+)/],
    ['interface', /^\s*service\s+(\w+)/],
    ['constant', /^\s*const\s+\S+\s+(\w+)\s*=/],
    ['function', /^\s+(?:oneway\s+)?[\w.<>,]+\s+(\w+)\s*\((?:\s*\d+:|\s*\))/],
    ['field', /^\s+\d+:\s*(?:(?:required|optional)\s+)?[\w.<>, ]+\s+(\w+)\s*(?:[=;,(].*)?$/],
  ],
  flatbuffers: [['struct', /^\s*(?:table|struct|enum|union|rpc_service)\s+(\w+)/]],
  capnp: [['struct', /^\s*(?:struct|interface|enum|annotation|const)\s+(\w+)/]],
  smithy: [['struct', /^\s*(?:service|operation|resource|structure|union|enum|list|map|string)\s+(\w+)/]],
  graphql: [
    ['type', /^\s*(?:extend\s+)?(?:type|input|interface|union|enum|scalar)\s+(\w+)/],
    ['type', /^\s*directive\s+@(\w+)/],
    ['function', /^\s*(?:query|mutation|subscription|fragment)\s+(\w+)/],
    ['property', /^ +(\w+)(?:\([^)]*\))?\s*:\s*\[*[A-Z]\w*[\]!]*/],
    ['member', /^\s+([A-Z][A-Z0-9_]+)\s*(?:@.*)?$/],
  ],
  prisma: [
    ['struct', /^\s*(?:model|enum|type|view)\s+(\w+)\s*\{/],
    ['field', /^\s+(\w+)\s+[A-Z]\w*[?[\]]*/, 'member'],
  ],
  terraform: [
    ['object', /^\s*(?:resource|data)\s+"([^"]+)"\s+"([^"]+)"/],
    ['object', /^\s*(module)\s+"([^"]+)"/],
    ['module', /^(local)s\s*\{/],
    ['object', /^\s*(output|provider|check)\s+"([^"]+)"/],
    ['object', /^\s*source\s+"([^"]+)"/],
    ['object', /^\s*(job|group|task|target|stage|function|include|dependency|feature)\s+"([^"]+)"\s*\{/],
    ['object', /^\s*(var)iable\s+"([^"]+)"/],
    ['constant', /^ {2}([a-z]\w*)\s*=(?!=)/],
  ],
  bicep: [['object', /^\s*(?:resource|module|param|var|output|func|type)\s+(\w+)/]],
  dockerfile: [
    ['section', /^\s*FROM\s+\S.*?\s+AS\s+(\S+)\s*$/i],
    ['constant', /(?<=^\s*(?:ARG|ENV)\s+(?:\S+\s+){0,20})(\w+)(?==)/gi],
    ['constant', /^\s*(?:ARG|ENV)\s+(\w+)/i],
  ],
  makefile: [
    ['function', /(?<=^(?!\.PHONY)(?:[\w./%-]{1,100}\s{1,9}){0,20})([\w./%-]+)(?=(?:\s+[\w./%-]+)*\s*::?(?![:=]))/g],
    ['function', /^define\s+([\w.-]+)/],
    ['constant', /^(?:(?:export|override)\s+)*([\w.-]+)\s*(?:[?+!]|::?:?)?=/],
  ],
  just: [
    ['function', /^@?([A-Za-z_][\w-]*)(?:\s[^:=]*(?:=[^:]*)?)?:(?!=)/],
    ['constant', /^(?:export\s+)?([A-Za-z_][\w-]*)\s*:=/],
    ['function', /^alias\s+([\w-]+)/],
  ],
  cmake: [
    ['function', /^\s*(?:function|macro|add_library|add_executable|add_custom_target|project)\s*\(\s*([\w:-]+)/i],
    ['function', /^\s*add_test\s*\(\s*(?:NAME\s+)?([\w:-]+)/i],
    ['function', /^\s*(?:FetchContent_Declare|ExternalProject_Add)\s*\(\s*([\w:-]+)/i],
    ['constant', /^\s*(?:set|option)\s*\(\s*([\w-]+)/i],
  ],
  yaml: [
    ['function', /^\s+operationId:\s*["']?([\w.-]+)/],
    ['object', /^ {2}name:\s*["']?([A-Za-z_][\w.-]*)["']?\s*(?:#.*)?$/],
    ['property', /^(?:([\w.-]+):(?:\s|$)| {2}([\w.-]+):\s*$)/],
    ['type', /^ {4}([A-Z]\w*):\s*$/],
  ],
  toml: [
    ['section', /^\s*\[+\s*([\w."'-]+)\s*\]+/],
    ['property', /^([A-Za-z_][\w-]*)\s*=/],
  ],
  ini: [
    ['section', /^\s*\[\s*([^\]]+?)\s*\]/],
    ['property', /^(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]/],
  ],
  lua: [
    ['function', /^\s*(?:local\s+)?function\s+([\w.:]+)/],
    ['function', /^\s*(?:local\s+)?([\w.]+)\s*=\s*function\b/],
    ['function', /[{,]\s*(\w+)\s*=\s*function\b/g],
    ['function', /^\s*(?:([\w.]+))?\[\s*["']([^"']+)["']\s*\]\s*=\s*function\b/],
    ['type', /^\s*(?:export\s+)?type\s+(\w+)\s*(?:<[^>]*>\s*)?=/],
    ['constant', /^(?:local\s+)?([A-Z]\w*)\s*(?:<const>\s*)?=(?!=)/],
    ['property', /^(_?M\.\w+)\s*=(?!=)/],
  ],
  perl: [
    ['function', /^\s*sub\s+([\w:]+)/],
    ['module', /^\s*(?:package|class|role)\s+([\w:]+)/],
    ['function', /^\s*(?:multi\s+)?method\s+([\w-]+)/],
    ['constant', /(?<=^\s*use\s+constant\s*\{[^}]{0,300}[{,\s])(\w+)(?=\s*=>)/g],
    ['constant', /^\s*use\s+constant\s+\{?\s*(\w+)/],
    ['function', /^\s*(?:my|our)\s+\$(\w+)\s*=\s*sub\b/],
    ['property', /^\s*has\s+\+?['"]?(\w+)['"]?\s*(?:=>|\()/],
    ['constant', /^our\s+[$@%](\w+)/],
  ],
  r: [
    ['function', /^\s*`([^`]+)`\s*(?:<<?-|=)\s*(?:function\b|\\\()/],
    ['function', /^\s*[`"']?([\w.%+<>=!|&*/^-]+?)[`"']?\s*(?:<<?-|=)\s*(?:function\b|\\\()/],
    ['class', /^\s*[\w.]+\s*<-\s*(?:R6::)?R6Class\(\s*["'](\w+)/],
    ['class', /^\s*(?:[\w.]+\s*<-\s*)?set(?:Class|RefClass|ClassUnion)\(\s*["']([\w.]+)/],
    ['function', /^\s*set(?:Generic|Method|Validity)\(\s*["']([\w.]+)/],
    ['function', /^\s*assign\(\s*["']([\w.]+)["']\s*,\s*(?:function\b|\\\()/],
    ['function', /\blist\(\s*([\w.]+)\s*=\s*function\b/],
    ['function', /^\s*([\w.]+)\$([\w.]+)\s*(?:<<?-|=)\s*(?:function\b|\\\()/],
    ['constant', /^([A-Za-z.][\w.]*)\s*<-/],
  ],
  julia: [
    [
      'function',
      /^\s*(?:@\w+\s+)*(?:function\s+)?(?:([\w.]+)\.:?)?\(?((?:[^\w\s(){}[\]"'`#,;@.:=]|:(?!:)){1,3}|[=!<>]=|===)\)?\([^)]*\)\s*(?:=(?!=)|where\b|$)/,
    ],
    ['function', /^\s*(?:@\w+\s+)*(?:function|macro)\s+([\w.!]+)/],
    [
      'struct',
      /^\s*(?:(?:\w+\.)?@\w+\s+)*(?:mutable\s+struct|struct|abstract\s+type|primitive\s+type|(?:bare)?module)\s+(\w+)/,
    ],
    ['function', /^\s*(?:@\w+\s+)*([\w.!]+)(?:\{[^}]*\})?\([^=]*\)\s*(?:::\s*[\w{}, .]+\s*)?(?:where\s+[^=]+?)?=[^=>]/],
    ['enum', /^\s*@enumx?[\s(]\s*(\w+)/],
    ['constant', /^\s*const\s+(\w+)/],
    ['function', /^(\w+!?)\s*=\s*(?:\w+|\([^()]*\))\s*->/],
    ['field', /^\s+(?:const\s+)?(\w+)::[A-Z]/, 'member'],
  ],
  elixir: [
    ['module', /^\s*(?:defmodule|defprotocol|defimpl)\s+([\w.]+)/],
    ['function', /^\s*(?:defp?|defmacrop?)\s+\(?[\w%{}]+\s+([!&*+./<=>@\\^|~-]+)\s+\w/],
    ['function', /^\s*(?:def|defp|defmacro|defmacrop|defguard|defguardp|defdelegate|defn|defnp)\s+([\w?!]+)/],
    ['type', /^\s*@(?:type|typep|opaque)\s+(\w+)/],
    ['field', /(?<=^\s*defstruct\b.{0,300}[[,\s]):?(?!nil\b|true\b|false\b)([a-z_]\w*[?!]?)(?=\s*(?::\s|[,\]]|$))/g],
    ['field', /^\s*(?:field|belongs_to|has_one|has_many|many_to_many|embeds_one|embeds_many|attr|slot)[\s(]\s*:(\w+)/],
    [
      'constant',
      /^\s*@(?!doc\b|moduledoc\b|typedoc\b|spec\b|impl\b|behaviou?r\b|derive\b|callback\b|macrocallback\b|optional_callbacks\b|enforce_keys\b|compile\b|dialyzer\b|deprecated\b|since\b|tag\b|moduletag\b|describetag\b|external_resource\b|before_compile\b|after_compile\b|on_\w+\b|vsn\b|file\b)([a-z_]\w*)\s+["'~%{[:\w@]/,
    ],
    ['function', /^\s*@(?:macro)?callback\s+([\w?!]+)/],
  ],
  erlang: [
    ['function', /^-spec\s+([a-z]\w*)\s*\(/],
    ['function', /^([a-z]\w*|'[^']+')\s*\(.*->/],
    ['function', /^([a-z]\w*|'[^']+')\s*\([^.;]*\)\s*(?:when\b.*)?$/],
    ['struct', /^-record\(\s*(\w+)/],
    ['type', /^-(?:type|opaque|callback)\s+(\w+)/],
    ['macro', /^-define\(\s*(\w+)/],
    ['module', /^-module\(\s*(\w+)/],
  ],
  haskell: [
    ['module', /^module\s+([\w.]+)/],
    [
      'type',
      /^(?:data|newtype|type|class)\s+(?:(?:family|instance)\s+)?(?:(?:\([^)]*\)|[\w ]+)\s*=>\s*)?(?!family\b|instance\b)([A-Z][\w']*)/,
    ],
    ['function', /^pattern\s+([A-Z][\w']*)/],
    ['function', /^\s+where\s+([a-z_][\w']*)(?:\s+[\w'_(){}:,@~!-]+)*\s*=(?!=|>)/],
    ['function', /^foreign\s+import\s[^:]*?(\w+)\s*::/],
    ['member', /^\s+([A-Z][\w']*(?:\s*,\s*[A-Z][\w']*)*)\s*::/],
    ['function', /^\s*\(([!#$%&*+./<=>?@\\^|~:-]+)\)\s*(?:::|[^=]*=(?!=))/],
    ['function', /^[a-z_][\w']*\s+(?!(?:=|->|<-|::|\||\.)\s)([!#$%&*+./<=>?@\\^|~:-]+)\s+[a-z_][\w']*\s*=(?!=)/],
    ['function', /^\s*([a-z_][\w']*(?:\s*,\s*[a-z_][\w']*)*)\s*::/],
    ['property', /^\s*(?:(?:data|newtype)\s[^{]*)?[{,]\s*([a-z_][\w']*(?:\s*,\s*[a-z_][\w']*)*)\s*::/],
    ['member', /^\s+[=|]\s*([A-Z][\w']*)(?!.*->)/, 'member'],
    [
      'function',
      /^(?!module|import|instance|deriving|infix|where|let|in|if|case|foreign|default)([a-z_][\w']*)(?:\s+[\w'_(){}:,@~!-]+)*\s*=(?!=|>)/,
    ],
  ],
  elm: [
    ['type', /^type\s+(?:alias\s+)?(\w+)/],
    ['member', /^\s+[=|]\s+([A-Z]\w*)(?!.*->)/, 'member'],
    ['function', /^(?:port\s+)?([a-z]\w*)\s*:\s/],
    ['function', /^(?!module|import|port|type)([a-z]\w*)(?:\s+[\w_(){},-]+)*\s*=\s*$/],
    ['function', /^(?!module|import|port|type)([a-z]\w*)(?:\s+[\w_]+)*\s+=\s/],
  ],
  purescript: [
    ['module', /^module\s+([\w.]+)/],
    ['type', /^(?:data|newtype|type|class)\s+(?:\S.*<=\s*)?(\w+)/],
    ['member', /^\s+[=|]\s+([A-Z]\w*)(?!.*->)/, 'member'],
    ['function', /^(?:foreign\s+import\s+)?([a-z_][\w']*)\s*::/],
  ],
  ocaml: [
    ['function', /^\s*(?:let|and|val|external)\s+(?:rec\s+)?\(\s*((?:let|and)?[!$%&*+./:<=>?@^|~-]+)\s*\)/],
    ['function', /^\s*(?:let(?:%\w+)?|and|val|external)\s+(?:rec\s+|inline\s+|mutable\s+)*([a-z_][\w']*)/],
    ['method', /^\s*method!?\s+(?:private\s+|virtual\s+)*([a-z_][\w']*)/],
    ['class', /^\s*class\s+(?:type\s+)?(?:virtual\s+)?(?:\[[^\]]*\]\s*)?([a-z_][\w']*)/],
    ['member', /^\s*type\s[^=]*\+=\s*\|?\s*([A-Z][\w']*)/],
    ['type', /^\s*(?:type|module|class|exception)\s+(?:type\s+|rec\s+|'\w+\s+|\([^)]*\)\s+)?([\w']+)/],
    ['member', /^\s*\|\s*([A-Z][\w']*)\s*(?:of\b.*)?$/],
    ['field', /^\s+\{?\s*(?:mutable\s+)?([a-z_][\w']*)\s*:\s*[\w'(<]/, 'member'],
  ],
  fsharp: [
    [
      'function',
      /^\s*(?:(?:let|and)\s+|(?:member|override|default)\s+\w+\.|(?:static\s+|abstract\s+)+(?:member\s+)?|member\s+val\s+)(?:rec\s+|inline\s+|private\s+|internal\s+|mutable\s+|val\s+)*([a-zA-Z_][\w']*)/,
    ],
    ['function', /^\s*(?:let|and)\s+(?:inline\s+|rec\s+)*\(\|(\w+(?:\|\w+)*)\|/],
    ['function', /^\s*(?:let|static\s+member)\s+(?:inline\s+)?\(\s*([!%&*+./<=>?@^|~-]+)\s*\)/],
    [
      'type',
      /^\s*(?:\[<[^>]*>\]\s*)?(?:type|module|namespace|exception)\s+(?:rec\s+|private\s+|internal\s+)*([\w.']+)/,
    ],
    ['member', /^\s*\|\s*([A-Z]\w*)\s*(?:of\b.*)?$/],
    ['field', /^\s+\{?\s*(?:mutable\s+)?([A-Z]\w*)\s*:\s*[\w<'(]/, 'member'],
  ],
  clojure: [
    ['module', /^\s*\(ns\s+(?:\^(?:\{[^}]*\}|\S+)\s+)*([\w.*+!?<>=-]+)/],
    ['interface', /^\s*\(def(?:protocol|interface)\s+(?:\^(?:\{[^}]*\}|\S+)\s+)*([\w.*+!?<>=-]+)/],
    ['struct', /^\s*\(def(?:record|type)\s+(?:\^(?:\{[^}]*\}|\S+)\s+)*([\w.*+!?<>=-]+)/],
    ['function', /^\s*\((?:[\w.]+\/)?def[\w-]*\s+(?:\^(?:\{[^}]*\}|\S+)\s+)*([\w.*+!?<>=-]+)/],
    ['type', /^\s*\((?:\w+\/)def\s+::([\w.*+!?<>=-]+)/],
    ['method', /^ {2}\(([\w.*+!?<>=-]+)\s*(?:\[|$)/, 'member'],
  ],
  lisp: [
    ['function', /^\s*\(def\w+\s+\(setf\s+([\w.*+!?<>=/:%&$~^-]+)/],
    ['module', /^\s*\((?:defpackage|define-module|define-library)\s+(?:#?:|\()?([\w.*+!?<>=/:-]+)/],
    ['function', /^\s*\((?:def[\w/-]*|cl-def[\w-]+|struct|ert-deftest)\s+\(*'?([\w.*+!?<>=/:%&$~^-]+)/],
  ],
  dart: [
    ['method', /^\s*(?:[\w<>,?[\]. ]+\s+)?(operator\s*(?:==|\[\]=?|~\/?|[<>]=|<<|>>>?|[-+*/%<>&|^]))\s*\(/],
    [
      'class',
      /^\s*(?:(?:abstract|base|final|sealed|interface|mixin|macro)\s+)*(?:class|mixin|enum|extension(?:\s+type)?|typedef)\s+(?!type\b)(\w+)/,
    ],
    ['property', /^\s*(?:(?:static|external)\s+)*(?:[\w<>,?[\] ]+\s+)?(?:get|set)\s+(\w+)\s*(?:=>|\{|\(|async|;)/],
    [
      'function',
      /^\s*(?!return\b|await\b|throw\b|new\b|const\b|else\b|yield\b|case\b|assert\b)(?:(?:static|external|final|override)\s+)*[\w<>,?[\] ]+\s+(?!if\b|for\b|while\b|switch\b|return\b|catch\b)(\w+)\s*(?:<[^>]*>)?\((?:[^;)]*$|[^;]*\)\s*(?:async\*?\s*|sync\*\s*)?(?:\{|=>))/,
    ],
    ['method', /^\s+(?:(?:const|factory|external)\s+)+([A-Z]\w*(?:\.\w+)?)\s*\(/],
    ['function', /^external\s+[\w<>,?[\] ]+\s+(\w+)\s*\([^;]*\)\s*;/],
    ['method', /^\s+([A-Z]\w*\.\w+)\s*\((?:[^;]*\bthis\.|\{\s*$|[^;]*\)\s*[:{])/],
    [
      'method',
      /^ {2}(?!return\b|await\b|throw\b|new\b|const\b|else\b|yield\b|assert\b)(?:(?:static|external)\s+)*[\w<>,?[\] ]+\s+(\w+)\s*(?:<[^>]*>)?\([^;=]*\);\s*$/,
    ],
    ['constant', /^\s*(?:static\s+)?const\s+(?:[\w<>,?]+\s+)?(\w+)\s*=/],
    ['property', /^(?: {2})?(?:(?:static|late|final|external|var)\s+)+(?:[\w<>,?. ]+\s+)?(\w+)\s*[;=]/],
    [
      'field',
      /^ {2}(?!return\b|await\b|throw\b|yield\b|assert\b|part\b|import\b|export\b)[\w<>,?. ]+\s(\w+)\s*(?:=(?![=>]).*)?;/,
      'member',
    ],
  ],
  zig: [
    ['function', /^\s*(?:(?:pub|export|extern(?:\s+"[^"]*")?|inline|noinline)\s+)*fn\s+(\w+)/],
    [
      'type',
      /^\s*(?:pub\s+)?const\s+(\w+)\s*(?::[^=]+)?=\s*(?:extern\s+|packed\s+)?(?:struct|enum|union|opaque|error)\b/,
    ],
    ['constant', /^(?:(?:pub|export|extern|threadlocal)\s+)*(?:const|var)\s+(\w+)\s*[:=](?!.*@import\()/],
    ['constant', /^\s+pub\s+const\s+(\w+)\s*[:=](?!.*@import\()/, 'member'],
    ['field', /^\s+(?:comptime\s+)?([a-z_]\w*)\s*:\s*[^:,]+(?:=.*)?,\s*$/, 'member'],
    ['function', /^test\s+"([^"]+)"/],
  ],
  nim: [
    ['function', /^\s*(?:proc|func|method|iterator|template|macro|converter)\s+(?:`([^`]+)`|(\w+))/],
    [
      'type',
      /^\s*(?:type\s+)?(\w+)\*?\s*(?:\[[^\]]*\]\s*)?(?:\{\.[^}]*\}\s*)?=\s*(?:(?:ref\s+|ptr\s+)?(?:object|enum|tuple|distinct|concept)\b|(?:ref|ptr)\s+\w+\s*$)/,
    ],
    ['constant', /^(?:const|let|var)\s+(\w+)/],
    ['field', /^\s+(\w+)\*?(?:\s*\{\.[^}]*\})?\s*:\s*\w/, 'member'],
  ],
  crystal: [
    ['class', /^\s*(?:abstract\s+|private\s+)*(?:class|struct|module|enum|lib|annotation)\s+([\w:]+)/],
    ['function', /^\s*(?:private\s+|protected\s+|abstract\s+)*(?:def|macro|fun)\s+(?:self\.)?([\w?!=]+)/],
    ['function', /^\s*(?:private\s+|protected\s+|abstract\s+)*def\s+(?:self\.)?([!%&*+./<=>?@^|~-]+|\[\][?=]?)/],
    ['struct', /^\s*record\s+(\w+)/],
    ['type', /^\s*alias\s+(\w+)/],
    ['property', /^\s*(?:class_)?(?:property|getter|setter)[?!]?[ (]\s*(\w+)/],
    ['constant', /^\s*([A-Z][A-Z\d_]*)\s*=(?!=)/],
  ],
  objectivec: [
    ['class', /^\s*@(?:interface|implementation|protocol)\s+(\w+)/],
    ['method', /^\s*[-+]\s*\([^)]*\)\s*(\w+)/],
    ['property', /^\s*@property\b.*?(\w+)\s*;/],
    ['enum', /^\s*typedef\s+NS_(?:CLOSED_)?(?:ENUM|OPTIONS)\s*\(\s*\w+\s*,\s*(\w+)/],
    ['macro', /^\s*#\s*define\s+(\w+)(?:\(|\s+\S)/],
    ['type', /^\s*typedef\s+[^;(]*\(\s*[\^*]\s*(\w+)\s*\)/],
    ['type', /^\s*typedef\s+[^;]*?(\w+)\s*;/],
    ['constant', /^(?=(?:extern|FOUNDATION_EXPORT|[\w *]*\bconst)\b)[\w *]+[ *](\w+)\s*(?:=|;)/],
    ['function', /^(?:static\s+|inline\s+|extern\s+)*[A-Za-z_][\w *]*[ *](\w+)\s*\([^;{]*(?:\{.*)?$/],
  ],
  matlab: [
    ['function', /^\s*function\s+(?:[^=(]*=\s*)?([\w.]+)/],
    ['class', /^\s*classdef\s+(?:\([^)]*\)\s*)?(\w+)/],
  ],
  verilog: [
    [
      'module',
      /^\s*(?:module|macromodule|interface|package|program|class|primitive)\s+(?:automatic\s+|static\s+)?(\w+)/,
    ],
    ['macro', /^\s*`define\s+(\w+)/],
    ['constant', /^\s*(?:parameter|localparam)\s+(?:(?:[\w:]+|\[[^\]]*\])\s+)*(\w+)\s*(?:\[[^\]]*\]\s*)?=/],
    ['function', /^\s*(?:static\s+)?constraint\s+(\w+)/],
    ['type', /^\s*typedef\s+(?:[^{;]*\{.*\}|[^{;]*[\s\]])\s*(\w+)\s*(?:\[[^\]]*\]\s*)?;/],
    ['type', /^\s*\}\s*(\w+)\s*;/],
    ['module', /^\s*(?:covergroup|property|sequence|checker)\s+(\w+)/],
    [
      'function',
      /^\s*(?:virtual\s+|static\s+|extern\s+|pure\s+|protected\s+|local\s+)*(?:function|task)\s+(?:automatic\s+|static\s+)?(?:[\w:[\] ]+\s+)?(\w+)\s*[;(]/,
    ],
  ],
  vhdl: [
    [
      'module',
      /^\s*(?:(?:im)?pure\s+)?(?:entity|architecture|package(?:\s+body)?|component|function|procedure|configuration)\s+(\w+)/i,
    ],
    ['type', /^\s*(?:sub)?type\s+(\w+)\s+is\b/i],
    ['function', /^\s*(\w+)\s*:\s*(?:postponed\s+)?process\b/i],
    ['constant', /^\s*constant\s+(\w+)/i],
  ],
  coq: [
    [
      'function',
      /^\s*(?:(?:Global|Local|Program|Polymorphic)\s+)*(?:Theorem|Lemma|Corollary|Proposition|Fact|Remark|Example|Definition|Fixpoint|CoFixpoint|Inductive|CoInductive|Record|Structure|Class|Instance|Module|Section|Axiom|Parameter|Ltac|Notation|Function)\s+([\w']+)/,
    ],
  ],
  solidity: [
    ['class', /^\s*(?:abstract\s+)?(?:contract|interface|library|struct|enum)\s+(\w+)/],
    ['function', /^\s*(?:function|modifier|event|error)\s+(\w+)/],
    ['type', /^\s*type\s+(\w+)\s+is\b/],
    [
      'property',
      /^\s*(?:mapping\s*\(.*\)|(?:u?int|bytes)\d*|address|bool|string|[A-Z]\w*)(?:\[\w*\])*\s+(?:(?:public|private|internal|constant|immutable|transient|payable|override)\s+)+(\w+)\s*[;=]/,
    ],
    [
      'field',
      /^\s+(?!return\b|emit\b|using\b|import\b|delete\b)(?:mapping\s*\(.*\)|[\w.]+)(?:\[\w*\])*\s+(\w+)\s*(?:=(?!=).*)?;/,
      'member',
    ],
  ],
  powershell: [
    ['class', /^\s*(?:class|enum)\s+(\w+)/i],
    ['function', /^\s*(?:function|filter|workflow|configuration)\s+(?:\w+:)?([\w-]+)/i],
    ['method', /^\s+(?:(?:static|hidden)\s+)*\[[\w.[\]]+\]\s*(\w+)\s*\(/],
    ['method', /^\s+(\w+)\s*\([^)]*\)\s*(?::.*)?\{?/, 'member'],
    ['property', /^\s+(?:(?:static|hidden)\s+)*(?:\[[^$]*\]\s*)*\$(\w+)/, 'member'],
    ['function', /^\s*(?:Set|New)-Alias\s+(?:-Name\s+)?([\w-]+)/i],
    ['constant', /^\s*\$(?:script|global):(\w+)\s*=/i],
  ],
  nushell: [['function', /^\s*(?:export\s+)?def\s+(?:--\w+\s+)*["']?([\w -]+?)["']?\s*\[/]],
  batch: [['function', /^:([\w-]+)/]],
  fish: [['function', /^\s*function\s+([\w.-]+)/]],
  tcl: [
    ['function', /^\s*(?:proc|method)\s+([\w:]+)/],
    ['class', /^\s*(?:oo::class\s+create|itcl::class|snit::type|namespace\s+eval)\s+([\w:]+)/],
  ],
  viml: [
    ['function', /^\s*(?:fu(?:n|nc|nct|nction)?!?|(?:export\s+)?def!?)\s+(?:<SID>|[sgbwtl]:)?([\w#.]+)/],
    ['function', /^\s*command!?\s+(?:-\S+\s+)*([A-Z]\w*)/],
    ['class', /^\s*(?:export\s+)?(?:abstract\s+)?(?:class|interface|enum)\s+(\w+)/],
    ['section', /^\s*augroup\s+(?!END\b)(\w+)/i],
    ['constant', /^\s*(?:let|const)\s+g:(\w+)/],
  ],
  awk: [['function', /^\s*func(?:tion)?\s+(\w+)/]],
  assembly: [
    ['macro', /^\s*(?:\.macro|%i?macro)\s+(\w+)/i],
    ['macro', /^\s*(\w+)\s+macro\b/i],
    ['function', /^([A-Za-z_.$@][\w.$@]{2,}):(?!=)/],
    ['function', /^\s*(\w+)\s+proc\b/i],
  ],
  nix: [
    ['constant', /^ {0,4}([A-Za-z_][\w'-]*)\s*=\s*(?![{\s]|with\b|import\b)[^;]*;\s*(?:#.*)?$/],
    ['property', /^ {0,6}([A-Za-z_][\w'-]*(?:\.[\w'-]+)+)\s*=(?!=)/],
    ['function', /^\s*([A-Za-z_][\w'.-]*)\s*=\s*(?:[A-Za-z_][\w'-]*\s*:(?!\/)|\{[^=]*\}\s*(?:@\s*\w+\s*)?:|\{\s*$)/],
    [
      'object',
      /^\s*([A-Za-z_][\w'.-]*)\s*=\s*(?:\w+\.)*(?:mk\w+|buildGoModule|buildNpmPackage|callPackage|writeShell\w*)\b/,
    ],
  ],
  visualbasic: [
    [
      'class',
      /^\s*(?:(?:public|private|friend|protected|partial|shared|mustinherit|notinheritable)\s+)*(?:class|module|structure|interface|enum|namespace)\s+([\w.]+)/i,
    ],
    [
      'function',
      /^\s*(?:(?:public|private|friend|protected|shared|static|overrides|overridable|mustoverride|notoverridable|overloads|shadows|partial|async|iterator|default|readonly|writeonly|custom|declare|ansi|unicode|auto)\s+)*(?:sub|function|property(?:\s+(?:get|let|set))?|event|delegate\s+(?:sub|function))\s+(?!as\b)\[?(\w+)/i,
    ],
    ['function', /^\s*(?:(?:public|shared|overloads|widening|narrowing)\s+)+operator\s+(\w+|[^\s\w(]+)\s*\(/i],
    ['constant', /^\s*(?:(?:public|private|friend|protected)\s+)?const\s+(\w+)/i],
    [
      'field',
      /^\s*(?:(?:public|private|friend|protected|global|shared|readonly|withevents)\s+)+(\w+)(?:\([^)]*\))?\s+as\s/i,
    ],
  ],
  cobol: [
    ['module', /^(?:.{6})?[ \d]*\s*program-id\.\s*([\w-]+)/i],
    ['section', /^(?:.{6} |\s*)([A-Za-z\d][\w-]*)\s+section\s*\./i],
    ['function', /^(?:.{6} |)([A-Za-z\d][\w-]*)\s*\.\s*$/],
    ['property', /^(?:.{6}|\s*)\s*(?:0[1-9]|[1-4]\d|77|78|88)\s+([A-Za-z][\w-]*)/],
  ],
  abap: [
    ['class', /^\s*(?:class|interface)\s+([\w/]+)\s+(?:definition|implementation|public)?/i],
    ['method', /^\s*(?:class-)?methods?:?\s+(\w+)/i],
    ['function', /^\s*(?:form|function|module)\s+([\w/]+)/i],
    ['module', /^\s*(?:report|program)\s+([\w/]+)/i],
  ],
  vlang: [
    ['struct', /^\s*(?:pub\s+)?(?:struct|enum|interface|union|type)\s+(\w+)/],
    ['function', /^\s*(?:pub\s+)?fn\s+(?:\([^)]*\)\s*)?(\w+)/],
  ],
  odin: [
    ['function', /^\s*(\w+)\s*::\s*(?:#\w+\s+)*proc\b/],
    ['struct', /^\s*(\w+)\s*::\s*(?:distinct\s+)?(?:struct|enum|union|bit_set|bit_field)\b/],
    ['constant', /^(\w+)\s*::\s/],
  ],
  gleam: [
    ['function', /^\s*(?:pub\s+)?fn\s+(\w+)/],
    ['type', /^\s*(?:pub\s+)?(?:opaque\s+)?type\s+(\w+)/],
    ['member', /^\s+([A-Z]\w*)\s*(?:\(.*)?$/, 'member'],
    ['constant', /^\s*(?:pub\s+)?const\s+(\w+)/],
  ],
  rescript: [
    ['function', /^\s*(?:let|external)\s+(?:rec\s+)?(\w+)/],
    ['type', /^\s*(?:type|module|exception)\s+(?:type\s+|rec\s+)?(\w+)/],
    ['member', /^\s*\|\s*([A-Z]\w*)\s*(?:\([^)]*\))?\s*$/],
  ],
  coffeescript: [
    ['class', /^\s*(?:\w+\s*=\s*)?class\s+(?:@|(?:window|module\.exports|exports)\.)?(\w+)/],
    ['function', /^\s*(?:(?:module\.)?exports\.|window\.|@)?([\w$.]+)\s*[:=]\s*(?:\([^)]*\)\s*)?[-=]>/],
  ],
  pug: [['function', /^\s*(?:mixin|block)\s+([\w-]+)/]],
  jinja: [['function', /\{%-?\s*(?:macro|block)\s+(\w+)/], ...IN_SCRIPTS],
  bazel: [
    ['function', /^\s*def\s+(\w+)/],
    ['object', /^\s*(?:\w+\(\s*)?name\s*=\s*"([^"]+)"/],
    ['constant', /^(\w+)\s*=\s*/],
  ],
  meson: [['object', /^\s*(\w+)\s*=\s*(?:executable|library|static_library|shared_library|dependency)\b/]],
  d: [
    [
      'class',
      /^\s*(?:(?:public|private|package|protected|final|abstract|static|extern\s*\([^)]*\))\s+)*(?:class|struct|interface|union|enum|template|mixin\s+template|alias)\s+(\w+)/,
    ],
    ['module', /^\s*module\s+([\w.]+)/],
    [
      'function',
      /^\s*(?!return\b|else\b|new\b|throw\b|assert\b|import\b|case\b)(?:[\w@.()]+\s+)*[\w.![\]*()]+\s+(?!if\b|for\b|foreach\b|while\b|switch\b)(\w+)\s*\([^;]*\)[\w\s@]*(?:\{|=>|$)/,
    ],
  ],
  cue: [['struct', /^\s*(#?\w+):\s*(?:#|\{)/]],
  rego: [
    ['module', /^package\s+([\w.]+)/],
    [
      'function',
      /^(?:default\s+)?(?!import\b|package\b|not\b|with\b)(\w+)(?:\([^)]*\)|\[[^\]]*\])?\s*(?:contains\b.*)?(?::?=|\{|\bif\b)/,
    ],
  ],
  puppet: [['class', /^\s*(?:class|define|function|type)\s+([\w:]+)/i]],
  move: [
    ['module', /^\s*module\s+(?:\w+::)?(\w+)/],
    ['function', /^\s*(?:public(?:\([^)]*\))?\s+|entry\s+|native\s+|inline\s+)*fun\s+(\w+)/],
    ['struct', /^\s*(?:public\s+)?(?:struct|enum)\s+(\w+)/],
    ['constant', /^\s*const\s+(\w+)/],
  ],
  apex: [
    [
      'class',
      /^\s*(?:(?:public|private|global|protected|abstract|virtual|with|without|inherited|sharing|static)\s+)*(?:class|interface|enum|trigger)\s+(\w+)/i,
    ],
    [
      'method',
      /^\s*(?:(?:public|private|global|protected|static|virtual|override|abstract|webservice|testmethod)\s+)+[\w<>,.[\] ]+\s+(\w+)\s*\([^;]*$/i,
    ],
  ],
  haxe: [
    ['class', /^\s*(?:(?:private|extern|final)\s+)*(?:class|interface|enum|abstract|typedef)\s+(\w+)/],
    ['function', /^\s*(?:(?:public|private|static|inline|override|macro|dynamic)\s+)*function\s+(\w+)/],
  ],
  vala: [
    [
      'class',
      /^\s*(?:(?:public|private|internal|protected|abstract|sealed)\s+)*(?:class|interface|struct|enum|errordomain|namespace)\s+([\w.]+)/,
    ],
    [
      'method',
      /^\s*(?:(?:public|private|internal|protected|static|async|virtual|override|abstract|signal)\s+)+[\w<>?.[\]]+\s+(\w+)\s*\(/,
    ],
  ],
  html: [
    ...IN_SCRIPTS,
    ['property', /<(?:form|input|select|textarea|fieldset|slot)\s(?:[^<>]*\s)?name\s*=\s*["']([\w:.-]+)["']/g],
    ['property', /<[\w-]+\s(?:[^<>]*\s)?id\s*=\s*["']([\w:.-]+)["']|<ng-template\s[^<>]*#(\w+)/],
  ],
  xml: [
    [
      'property',
      /<[\w:.-]+\s(?:[^<>]*\s)?(?:(?:android:|x:)?(?:id|name|Key|Name))\s*=\s*["'](?:@\+id\/)?([A-Za-z_][\w:.-]*)["']/,
    ],
    ['property', /^\s*<artifactId>([\w.-]+)<\/artifactId>/],
  ],
  gdscript: [
    ['function', /^\s*(?:static\s+)?func\s+(\w+)/],
    ['class', /^\s*(?:class|class_name|enum|signal)\s+(\w+)/],
    ['constant', /^\s*const\s+(\w+)/],
    ['property', /^(?:@\w+(?:\([^)]*\))?\s+)*(?:static\s+)?var\s+(\w+)/],
  ],
  groovy: [
    ['class', /^\s*(?:(?:public|private|protected|abstract|final|static)\s+)*(?:class|interface|trait|enum)\s+(\w+)/],
    ['function', /^\s*(?:(?:public|private|protected|static|final)\s+)*(?:def|void)\s+(?:(\w+)|["']([^"']+)["'])\s*\(/],
    [
      'function',
      /^\s*(?!return\b|new\b|else\b|throw\b|assert\b|case\b)(?:(?:public|private|protected|static|final|abstract|synchronized)\s+)*(?:<[^>]*>\s*)?[A-Za-z][\w.<>[\], ]*\s+(\w+)\s*\([^;]*\)\s*(?:throws\s+[\w.,\s]+)?\{/,
    ],
    ['function', /^\s*(?:task|tasks\.register)[\s(]+['"]?(\w+)/],
    ['constant', /^(?:final\s+)?def\s+(\w+)\s*=(?!=)/],
    ['constant', /^\s*(?:\w+\.)?ext\.(\w+)\s*=(?!=)/],
    [
      'field',
      /^\s+(?!return\b|throw\b|package\b|import\b)(?:(?:public|private|protected|static|final|volatile|transient)\s+)*(?:def|[A-Z][\w<>,.?[\] ]*|int|long|boolean|double|float|byte|char|short)\s+(\w+)\s*(?:=(?!=).*)?;?$/,
      'member',
    ],
    ['method', /^\s+(?:(?:public|private|protected)\s+)?([A-Z]\w*)\s*\([^;=]*\)\s*(?:throws\s+[\w.,\s]+)?\{/, 'member'],
  ],
  glsl: [
    ['function', /^\s*(?:(?:vertex|fragment|kernel)\s+)?(?!return\b|else\b)(?:struct|\w+)\s+(?!if\b)(\w+)\s*(?:\(|\{)/],
    ['function', /^\s*(?:@\w+(?:\([^)]*\))?\s*)+fn\s+(\w+)/],
    [
      'constant',
      /^\s*(?:layout\s*\([^)]*\)\s*)?(?:uniform|varying|attribute|in|out|buffer)\s+(?:\w+\s+)+(\w+)\s*(?:\[[^\]]*\])?\s*[;=]/,
    ],
    ['constant', /^\s*(?:@\w+(?:\([^)]*\))?\s*)*(?:var(?:<[^>]*>)?|const|override)\s+(\w+)\s*[:=]/],
    ['macro', /^\s*#\s*define\s+(\w+)(?:\(|\s+\S)/],
  ],
  pascal: [
    ['function', /^\s*(?:class\s+)?(?:function|procedure|constructor|destructor|operator)\s+([\w.]+)/i],
    [
      'type',
      /^\s*(\w+)(?:<[^>]*>)?\s*=\s*(?:packed\s+)?(?:class|record|object|interface|set\s+of|array|\(|\^|type\b|reference\s+to|procedure|function)/i,
    ],
    ['property', /^\s*property\s+(\w+)/i],
    [
      'field',
      /^\s+(?!(?:strict|private|public|protected|published|end|const|var|type)\b)(\w+(?:\s*,\s*\w+)*)\s*:\s*[\w^]/i,
      'member',
    ],
    ['module', /^\s*(?:unit|program|library)\s+([\w.]+)/i],
    ['constant', /^\s*(\w+)\s*(?::\s*[\w.]+\s*)?=\s*(?:-?[\d$]|')/],
    ['constant', /^\s*(\w+)\s*:\s*array\b[^;]*=\s*\(/i],
  ],
  ada: [
    ['function', /^\s*(?:(?:not\s+)?overriding\s+)?(?:function|procedure|entry)\s+([\w.]+|"[^"]+")/i],
    ['module', /^\s*(?:private\s+)?package\s+(?:body\s+)?([\w.]+)/i],
    ['class', /^\s*(?:task|protected)\s+(?:(?:type|body)\s+)?(?!is\b)([\w.]+)/i],
    ['struct', /^\s*(?:sub)?type\s+(\w+)/i],
    ['constant', /^\s*(\w+)\s*:\s*exception\b/i],
    ['constant', /^\s*(\w+)\s*:\s*constant\b/i],
  ],
  fortran: [
    [
      'function',
      /^\s*(?:(?:pure|impure|elemental|recursive|module|integer|real|logical|complex|character|double\s+precision|type)(?:\s*\([^)]*\)|\s*\*\s*\d+)?\s+)*(?:subroutine|function)\s+(\w+)/i,
    ],
    ['module', /^\s*(?:submodule\s*\([^)]*\)|module(?!\s+procedure\b)|program)\s+(\w+)/i],
    ['struct', /^\s*type(?:\s*,\s*[^:]+?)?\s*(?:::\s*|\s)(\w+)\s*(?:!.*)?$/i],
    ['interface', /^\s*(?:abstract\s+)?interface\s+((?:operator|assignment)\s*\([^)]*\)|\w+)/i],
    [
      'method',
      /^\s*(?:procedure|generic)\b[^:]*::\s*((?:operator|assignment)\s*\([^)]*\)|\w+(?:\s*,\s*\w+)*)/i,
      'member',
    ],
    ['method', /^\s*final\s*::\s*(\w+(?:\s*,\s*\w+)*)/i, 'member'],
    ['constant', /^\s*[\w()=, *]+,\s*parameter\b[^:]*::\s*(\w+)/i],
    [
      'field',
      /^\s*(?:integer|real|logical|complex|character|double\s+precision|type|class)\b[^:!]*::\s*(\w+(?:\s*,\s*\w+)*)/i,
      'member',
    ],
  ],
  cython: [
    ['class', /^\s*(?:cdef\s+)?class\s+(\w+)/],
    ['function', /^\s*(?:def|cpdef|cdef)\s+(?:inline\s+)?(?:[\w.*\][]+\s+)*(\w+)\s*\(/],
  ],
  css: [
    ['constant', /^\s*(?:[^{}]*\{\s*)?(--[\w-]+)\s*:/],
    ['function', /^\s*@(?:keyframes|layer|property|container|counter-style)\s+([\w-]+)/],
    ['section', CSS_RULE],
  ],
  scss: [
    ['function', /^\s*@(?:mixin|function|keyframes)\s+([\w-]+)/],
    ['constant', /^\s*(\$[\w-]+)\s*:/],
    ['section', CSS_RULE],
  ],
  less: [
    ['constant', /^\s*(@[\w-]+)\s*:/],
    ['function', /^\s*\.([\w-]+)\s*\([^)]*\)\s*(?:when\b[^{]*)?\{/],
    ['section', CSS_RULE],
  ],
  restructuredtext: [
    ['section', /^\.\.\s+_([\w -]+):\s*$/],
    ['section', /^\.\.\s+(?:py:)?(?:function|class|method|module|data|exception|setting|attribute)::\s*([\w.]+)/],
  ],
  asciidoc: [
    ['section', /^={1,6}\s+(\S.*)/],
    ['section', /^\[\[([\w-]+)/],
    ['section', /^\[#([\w-]+)/],
  ],
  latex: [
    [
      'macro',
      /^\s*\\(?:(?:re|provide)?newcommand|renewcommand|providecommand|DeclareMathOperator|def|let|NewDocumentCommand)\*?\s*\{?\\(\w+)/,
    ],
    ['macro', /^\s*\\(?:re)?newenvironment\*?\{(\w+)\}/],
    ['section', /^\s*\\(?:part|chapter|(?:sub)*section)\*?\{([^}]+)\}/],
  ],
  // The grammar does not parse definitions by macros.
  rust: [
    [
      'function',
      /^\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:async|const|unsafe)\s+)*(?:struct|enum|union|trait|fn|macro_rules!)\s+(\w+)/,
    ],
    ['constant', /^\s*(?:pub(?:\([^)]*\))?\s+)?static\s+(?:ref\s+|mut\s+)?([A-Z]\w*)\s*:/],
    ['constant', /^\s*(?:pub(?:\([^)]*\))?\s+)?const\s+([A-Z]\w*)\s*=/],
    ['constant', /^\s*pub(?:\([^)]*\))?\s+use\s+[\w:]+\s+as\s+([A-Za-z]\w*)\s*;/],
  ],
  svelte: [
    ['function', /\{#snippet\s+(\w+)/],
    ['constant', /^\s*\$:\s*(\w+)\s*=(?!=)/],
  ],
  c: [
    ['function', /^(?:COMPAT_)?SYSCALL_DEFINE\d\(\s*(\w+)/],
    ['function', /^\w[\w\s*]*\b[A-Z][A-Z\d_]*\((\w+)\)\s*\(/],
  ],
  cpp: [['function', /^\s*(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+)\s*,\s*(\w+)\s*\)/]],
  bash: [['function', /^\s*alias\s+(?:-\w\s+)?([\w.+-]+)=/]],
  blade: [['section', /@(?:section|yield|stack|push|component|slot)\(\s*['"]([\w.-]+)/], ...IN_SCRIPTS],
  gherkin: [['section', /^\s*(?:Feature|Rule|Scenario(?: Outline)?|Background):\s*(\S.*)/]],
  mojo: [
    ['function', /^\s*(?:def|fn)\s+(\w+)/],
    ['struct', /^\s*(?:struct|trait|class)\s+(\w+)/],
    ['constant', /^(?:alias|var)\s+(\w+)/],
  ],
  pli: [['function', /^\s*(\w+)\s*:\s*proc(?:edure)?\b/i]],
  openedge: [
    ['function', /^\s*(?:procedure|function)\s+([\w-]+)/i],
    ['class', /^\s*(?:class|interface|enum)\s+([\w.]+)/i],
    [
      'method',
      /^\s*(?:method|constructor|destructor|property)\s+(?:(?:public|private|protected|static|override|abstract|final)\s+)*(?:[\w.]+\s+)?([\w-]+)\s*\(/i,
    ],
  ],
  kotlin: [
    ['function', /^\s*(?:val\s+\w+\s*=\s*)?tasks\.(?:register|create)(?:<[^>]*>)?\(\s*"(\w+)"/],
    ['class', /^\s*(?:[a-z]+\s+)*(?:class|interface|object|typealias)\s+(?!fun\b|val\b|var\b)(\w+)/],
    [
      'function',
      /^\s*(?:@\w+(?:\([^)]*\))?\s+|context\s*\([^)]*\)\s*)*(?:[a-z]+\s+)*fun\s+(?:<[^>]*>\s*)?(?:[\w.<>?, *]+\.)?(\w+)\s*\(/,
    ],
  ],
  scala: [
    ['class', /^\s*(?:[a-z]+(?:\[\w+\])?\s+)*(?:class|trait|object|enum|type)\s+(\w+)/],
    ['function', /^\s*(?:[a-z]+(?:\[\w+\])?\s+)*def\s+((?:\w+_)?[!#%&*+/<=>?@\\^|~:-]+)(?=\s*[([:=]|\s+:)/],
    ['function', /^\s*(?:[a-z]+(?:\[\w+\])?\s+)*def\s+(\w+)/],
    ['constant', /^\s*case\s+(?!class\b|object\b)([A-Z]\w*(?:\s*,\s*[A-Z]\w*)*)\s*(?:\([^=]*|extends\b[^=]*)?$/],
    ['constant', /^\s*(?:[a-z]+\s+)*given\s+(\w+)\s*(?:\[[^\]]*\]\s*)?(?:\([^)]*\)\s*)?:/],
  ],
  swift: [
    [
      'class',
      /^\s*(?:[a-z@]\w*(?:\([^)]*\))?\s+)*(?:class|struct|enum|protocol|actor|typealias|associatedtype|macro)\s+(?!func\b|var\b|let\b|subscript\b)(\w+)/,
    ],
    ['function', /^\s*(?:[a-z@]\w*(?:\([^)]*\))?\s+)*func\s+(\w+)/],
  ],
}
